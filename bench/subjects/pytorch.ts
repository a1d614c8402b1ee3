import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Network } from "../network.ts";
import type { Run, Settings, Subject } from "./subject.ts";

const PYTHON = "/usr/bin/python3"; // the Python of Debian's python3-torch
const INSTALL = "apt-get install python3-torch libopenblas0-openmp";
/** Uses PyTorch's OpenMP threads; the variant with POSIX threads starts others in addition. */
const OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp";
/** Debian's OpenBLAS uses AVX2 kernels on processors that are newer than itself. */
const CORE = { OPENBLAS_CORETYPE: "SkylakeX" };

interface Greeting {
  readonly version: string;
  readonly blas: string | null;
}

/** PyTorch in a Python process that measures its times, so that they include no communication. */
export async function load(_settings: Settings, threads: number): Promise<Subject | string> {
  const python = new Python(threads);
  const greeting = (await python.receive()) as Greeting | undefined;
  if (greeting === undefined) return `${PYTHON} cannot import torch; ${INSTALL}`;
  if (greeting.blas === null) return `its BLAS is the slow reference implementation; ${INSTALL}`;

  return {
    matmul: async (size, a, b) => numbers(await python.prepare("matmul", { size, a: text(a), b: text(b) })),
    predict: async (network, x, rows) =>
      numbers(await python.prepare("predict", { network: plain(network), x: text(x), rows })),
    train: (network, { x, y, rows }) =>
      python.prepare("train", { network: plain(network), x: text(x), y: text(y), rows }) as Promise<Run<number>>,
    trainLayers: ({ parameters, ...model }, { x, y, rows }) => {
      const values = Object.entries(parameters).map(([name, { shape, values }]) => [
        name,
        { shape, values: text(values) },
      ]);
      const job = { ...model, parameters: Object.fromEntries(values), x: text(x), y: text(y), rows };
      return python.prepare("layers", job) as Promise<Run<number>>;
    },
    dropsInputs: true,
    version: [
      greeting.version,
      greeting.blas,
      ...(hasAvx512() ? [`OPENBLAS_CORETYPE=${CORE.OPENBLAS_CORETYPE}`] : []),
    ].join(", "),
  };
}

/** One request, one answer, each a line of JSON. */
class Python {
  readonly #process;
  readonly #lines;

  constructor(threads: number) {
    const file = fileURLToPath(new URL("pytorch.py", import.meta.url));
    const count = String(threads);
    this.#process = spawn(PYTHON, ["-B", file, count], {
      stdio: ["pipe", "pipe", "ignore"],
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        OPENBLAS_NUM_THREADS: count,
        ...(hasAvx512() ? CORE : {}),
        ...(existsSync(OPENBLAS) ? { LD_LIBRARY_PATH: OPENBLAS } : {}),
      },
    });
    this.#process.on("error", () => {}); // the end of its output reports it
    this.#process.stdin.on("error", () => {});
    this.#process.unref();
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
    process.on("disconnect", () => this.#process.stdin.end());
  }

  /** The next answer, or undefined if the process has ended. */
  async receive(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    return done === true ? undefined : JSON.parse(value);
  }

  async prepare(name: string, job: object): Promise<Run<unknown>> {
    const index = await this.#ask({ do: "prepare", case: name, ...job });
    return Object.assign(() => this.#ask({ do: "call", index }), {
      sample: (seconds: number) => this.#ask({ do: "sample", index, seconds }) as Promise<readonly number[]>,
    });
  }

  async #ask(question: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await this.receive();
    if (answer === undefined) throw new Error("pytorch: the Python process must answer; it ended");
    return answer;
  }
}

/** The run with its result decoded to numbers. */
function numbers(run: Run<unknown>): Run<Float32Array> {
  const call = async (): Promise<Float32Array> => {
    const bytes = Uint8Array.from(Buffer.from((await run()) as string, "base64"));
    return new Float32Array(bytes.buffer);
  };
  return Object.assign(call, run.sample === undefined ? {} : { sample: run.sample });
}

/** The network with its numbers in base64. */
function plain(network: Network): object {
  const layers = network.layers.map((layer) => ({ ...layer, weight: text(layer.weight), bias: text(layer.bias) }));
  return { ...network, layers };
}

function text(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function hasAvx512(): boolean {
  const file = "/proc/cpuinfo";
  return existsSync(file) && readFileSync(file, "utf8").includes("avx512f");
}
