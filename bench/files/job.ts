import process from "node:process";

/** Layers of the model that is saved and loaded, one tensor each: 500 MB in all. */
export const LAYERS = 100;
export const SHAPE = [1250, 1000] as const; // of each tensor
export const NUMBERS = SHAPE[0] * SHAPE[1];

/** A call that is measured once, in a process of its own. What it returns keeps the result in memory, and checks it. */
export type Job = () => Promise<() => void>;

/** A job of a call and a check, which throws an Error if the result is wrong. */
export function job<Result>(run: () => Result | Promise<Result>, check?: (result: Result) => void): Job {
  return async () => {
    const result = await run();
    return () => check?.(result);
  };
}

/** Prepares the job for a file; `bytes` is the size of the file that it replaces or reads. */
export type Prepare = (path: string, bytes: number) => Job | Promise<Job>;

/** What a process prints. */
export interface Sample {
  readonly seconds: number;
  /** Bytes by which the peak of the process's memory exceeds its memory before the call. */
  readonly memory: number;
}

/** Performs the job that the command line names: its name, the file, and the size of the file. */
export async function perform(jobs: Readonly<Record<string, Prepare>>): Promise<void> {
  const [name = "", path = "", bytes] = process.argv.slice(2);
  const prepare = jobs[name];
  if (!prepare) throw new Error(`files: the job must be one of ${Object.keys(jobs).join(", ")}; got ${name}`);
  const run = await prepare(path, Number(bytes));
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const check = await run();
  const seconds = (performance.now() - start) / 1000;
  const memory = process.resourceUsage().maxRSS * 1024 - before;
  check();
  const sample: Sample = { seconds, memory };
  process.stdout.write(JSON.stringify(sample));
}

/** The numbers of a layer, in -1 to 1: float32 and both formats of 16 bits hold all of them. */
export function numbersOf(layer: number): Float32Array {
  const numbers = new Float32Array(NUMBERS);
  for (let i = 0; i < NUMBERS; i++) numbers[i] = expected(layer, i);
  return numbers;
}

/** @throws Error when a layer has other numbers; some of them are compared */
export function checkNumbers(layer: number, numbers: ArrayLike<number> | undefined): void {
  if (numbers?.length !== NUMBERS) throw new Error(`files: layer ${layer} must have ${NUMBERS} numbers`);
  for (let i = 0; i < NUMBERS; i += 997) {
    if (numbers[i] === expected(layer, i)) continue;
    throw new Error(`files: number ${i} of layer ${layer} must be ${expected(layer, i)}; got ${numbers[i]}`);
  }
}

function expected(layer: number, i: number): number {
  return ((i * 37 + layer * 101) % 255) / 128 - 1;
}

/** Names of the layers, as in a Sequential. */
export const NAMES: readonly string[] = Array.from({ length: LAYERS }, (_, layer) => `${layer}.weight`);
