/** Runs the built command line as users do: through pipes, and in a pseudo-terminal. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { Screen } from "../screen.ts";

const PROGRAM = resolve("build/cli/lanegrad.js");

export interface RunOptions {
  /** What standard input has. Default: nothing. */
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the repository. */
  readonly cwd?: string;
}

export interface Ran {
  /** The exit code; of a process that a signal ended, 128 and the signal's number, as shells say it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as values of JSON, one a line. */
  readonly json: () => readonly unknown[];
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Runs the program through pipes: `await runCli(["info", "--json"])`. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = "", cwd = resolve("."), env = {} } = options;
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: environment(env) });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => void (texts[name] += text));
  }
  child.stdin.on("error", () => undefined); // a program that ends before it has read all
  child.stdin.end(input);
  const code = await new Promise<number>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => done(code ?? 128 + (SIGNALS[signal ?? ""] ?? 0)));
  });
  const json = (): unknown[] => texts.stdout.trim().split("\n").map((line): unknown => JSON.parse(line)); // prettier-ignore
  return { code, ...texts, json };
}

export interface TerminalOptions extends Omit<RunOptions, "input"> {
  /** Default: 80. */
  readonly columns?: number;
  /** Default: 24. */
  readonly rows?: number;
}

/** The program in a pseudo-terminal. */
export class TerminalRun {
  readonly #pty;
  readonly #screen: Screen;
  #output = "";
  #listener = (): void => undefined;
  /** The exit code; of a process that a signal ended, 128 and the signal's number. */
  readonly exited: Promise<number>;

  constructor(
    args: readonly string[],
    { columns = 80, rows = 24, env = {}, cwd = resolve(".") }: TerminalOptions = {},
  ) {
    this.#screen = new Screen(columns);
    const { TERM: name = "xterm-256color" } = env;
    this.#pty = spawnInTerminal(process.execPath, [PROGRAM, ...args], {
      name,
      cols: columns,
      rows,
      cwd,
      env: environment(env),
    });
    this.#pty.onData((text) => {
      this.#output += text;
      this.#screen.write(text.replaceAll("\r\n", "\n"));
      this.#listener();
    });
    this.exited = new Promise((done) => {
      this.#pty.onExit(({ exitCode, signal = 0 }) => done(signal > 0 ? 128 + signal : exitCode));
    });
  }

  /** What is on the screen, with the lines that scrolled away. */
  get screen(): string {
    return this.#screen.text;
  }

  /** All that was written, with its escape sequences. */
  get output(): string {
    return this.#output;
  }

  /** Types keys: `"\u0003"` is Ctrl-C. */
  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows = 24): void {
    this.#pty.resize(columns, rows);
    this.#screen.columns = columns;
  }

  /** Waits until the screen has a text. Throws, with what is there, when the program ends without it or takes too long. */
  async shows(text: string | RegExp, seconds = 60): Promise<void> {
    const isThere = (): boolean => (typeof text === "string" ? this.screen.includes(text) : text.test(this.screen));
    await new Promise<void>((done, failed) => {
      const fail = (why: string): void => failed(new Error(`${why}, without ${text} on the screen:\n${this.screen}`));
      const timer = setTimeout(() => fail(`${seconds} s went by`), seconds * 1000);
      this.#listener = () => {
        if (!isThere()) return;
        clearTimeout(timer);
        done();
      };
      this.#listener();
      void this.exited.then(() => {
        clearTimeout(timer);
        if (!isThere()) fail("the program ended");
      });
    });
  }
}

/** The environment of this process without what changes colors, and with what a test sets. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...rest } = process.env;
  // The answer of the self-test of wide mode is remembered for all tests, and not for the user.
  return { ...rest, XDG_CACHE_HOME: resolve("build/cache"), ...env };
}
