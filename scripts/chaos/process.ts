/** One process that trains, from its start to its end. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { watch } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { isUnfinished, temporaryFiles } from "./directory.ts";
import { FITTED, type Job } from "./job.ts";
import type { Moment } from "./moment.ts";

export interface Launch {
  readonly node: string;
  /** The file of `bundle`. */
  readonly program: string;
  readonly job: Job;
  readonly threads: number;
  readonly strict: boolean;
  /** Milliseconds after which the process counts as hung. */
  readonly limit: number;
}

/** How a process ended. */
export interface Ending {
  /** A line `epoch step loss` for each step. */
  readonly steps: readonly string[];
  /** Whether `fit` ended by itself. */
  readonly fitted: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the process wrote to standard error. */
  readonly warnings: string;
  readonly milliseconds: number;
  readonly hung: boolean;
  /** Whether it was killed while it wrote a file: a temporary file of its own is left. */
  readonly metWrite: boolean;
}

const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of living) end(child, "SIGKILL");
});

/** Runs a process, interrupted at a moment if one is given. */
export async function run(launch: Launch, moment?: Moment): Promise<Ending> {
  const { job, limit } = launch;
  const former = new Set(temporaryFiles(job.directory));
  const steps: string[] = [];
  let [fitted, hung, warnings] = [false, false, ""];
  const began = performance.now();
  const child = start(launch);
  const timers = [
    setTimeout(() => {
      hung = true;
      end(child, "SIGKILL");
    }, limit),
  ];
  const interrupt = (delay = 0): void => {
    if (moment === undefined) return;
    if (delay === 0) end(child, moment.signal);
    else timers.push(setTimeout(() => end(child, moment.signal), delay));
  };
  const watcher = watch(job.directory, (_, name) => {
    if (moment?.kind !== "write" || steps.length < moment.steps || name === null || !isUnfinished(name)) return;
    interrupt(moment.milliseconds);
  });
  if (moment?.kind === "time") interrupt(moment.milliseconds);
  createInterface(child.stdout).on("line", (line) => {
    if (line === FITTED) fitted = true;
    else steps.push(line);
    if (moment?.kind === "step" && steps.length === moment.steps) {
      interrupt();
      if (moment.again !== undefined) interrupt(moment.again);
    }
    if (moment?.kind === "write" && steps.length === moment.atMost) interrupt();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (warnings += text));
  try {
    const [code, signal] = await closed(child);
    const metWrite = temporaryFiles(job.directory).some((name) => isUnfinished(name) && !former.has(name));
    return { steps, fitted, code, signal, warnings, milliseconds: performance.now() - began, hung, metWrite };
  } finally {
    living.delete(child);
    timers.forEach(clearTimeout);
    watcher.close();
  }
}

/** Starts a process in a group of its own, which is ended as a whole. */
function start({ node, program, job, threads, strict }: Launch): ChildProcessWithoutNullStreams {
  const child = spawn(node, [program, JSON.stringify(job)], {
    detached: process.platform !== "win32",
    env: { ...ownEnvironment(), LANEGRAD_THREADS: String(threads), LANEGRAD_REPRODUCIBLE: strict ? "1" : "0" },
  });
  living.add(child);
  return child;
}

/** Exit code and signal, once all that the process wrote is read. */
function closed(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve([code, signal]));
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === "win32") return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** The environment without the user's settings of lanegrad and Node. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^LANEGRAD_|^NODE_OPTIONS$/.test(name)));
}
