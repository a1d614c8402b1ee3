import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { printCounted } from "../terminal/numbers.ts";
import { type Case, CHECKED_STEPS, type Contender, GROUP } from "./contender.ts";
import { script } from "./pytorch-script.ts";

const STARTS = 30_000; // ms in which Python must have loaded PyTorch

/**
 * PyTorch in a Python process, which measures its times, so that they include no communication.
 * Resolves to the reason if there is none.
 * @param program the name or path of Python
 */
export async function pytorch(program: string, threads: number): Promise<Contender | string> {
  const python = new Python(program, threads);
  const greeting = await python.greeting();
  if (typeof greeting === "string") return greeting;
  return {
    name: "PyTorch",
    ...(greeting.blas === "reference" && {
      warning:
        "this PyTorch multiplies with the reference BLAS, which is slow; OpenBLAS is faster: libopenblas0 of Debian",
    }),
    detail: `${greeting.version}, BLAS ${greeting.blas ?? "unknown"}, ${printCounted(threads, "thread")}`,
    check: async (measured) => numbersIn(await python.ask(jobOf(measured))),
    times: async ({ name }, seconds) => numbersIn(await python.ask({ name, seconds, group: GROUP })),
    close: () => python.close(),
  };
}

/** One request, one answer, each a line of JSON. */
class Python {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines;
  #failed = "";

  constructor(program: string, threads: number) {
    const count = String(threads);
    this.#process = spawn(program, ["-c", script, count], {
      stdio: "pipe",
      windowsHide: true,
      env: { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count },
    });
    this.#process.on("error", ({ message }) => (this.#failed = message));
    this.#process.stdin.on("error", () => {}); // the end of its output reports it
    let complaint = "";
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
      this.#failed = complaint.trim().split("\n").at(-1) ?? "";
    });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Version and BLAS of PyTorch, or why there is none. */
  async greeting(): Promise<{ readonly version: string; readonly blas: string | null } | string> {
    const timer = setTimeout(() => this.close(), STARTS);
    const line = await this.#line();
    clearTimeout(timer);
    if (line === undefined) return this.#failed || `it did not start in ${STARTS / 1000} s`;
    return JSON.parse(line);
  }

  async ask(question: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await this.#line();
    if (line === undefined) throw new Error(`bench: the Python process must answer; got its end: ${this.#failed}`);
    return JSON.parse(line);
  }

  close(): void {
    this.#process.kill("SIGKILL");
  }

  async #line(): Promise<string | undefined> {
    const { done, value } = await this.#lines.next();
    return done === true ? undefined : value;
  }
}

function jobOf({ name, network, batch, trains }: Case): object {
  const layers = network.layers.map((layer) => ({ ...layer, weight: text(layer.weight), bias: text(layer.bias) }));
  const { rows, x, y } = batch;
  return { name, trains, steps: CHECKED_STEPS, network: { ...network, layers }, rows, x: text(x), y: text(y) };
}

function text({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function numbersIn(answer: unknown): readonly number[] {
  if (Array.isArray(answer) && answer.every((value) => typeof value === "number")) return answer;
  throw new Error("bench: the Python process must answer with numbers; got other JSON");
}
