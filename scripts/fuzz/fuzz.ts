import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Draw } from "./draw.ts";
import type { Target } from "./target.ts";
import { judgeInTime, usedMemory } from "./verdict.ts";

/** A file that showed a fault. */
export interface Finding {
  readonly run: number;
  readonly bytes: Uint8Array;
  readonly fault: string;
}

/** What came of many files. */
export interface Report {
  readonly name: string;
  readonly runs: number;
  /** Counts of files that were read, and of those that each kind of error refused. */
  readonly results: ReadonlyMap<string, number>;
  /** Milliseconds. */
  readonly slowest: number;
  /** Bytes that one file took. */
  readonly mostMemory: number;
  /** Bytes that stayed after garbage collection. */
  readonly kept: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** The first run. Default: 0. */
  readonly from?: number;
  /** Milliseconds that a file may take. Default: 2000. */
  readonly longest?: number;
  /** Called before each run. */
  readonly onRun?: (run: number) => void;
}

const TURN = 256; // runs between turns of the event loop, in which kernel memory without owners is freed
const MOST_KEPT = 320 * 2 ** 20; // bytes: kernel memory is not reclaimed before it has 256 MiB
const MOST_FINDINGS = 20;

/** Gives a reader files that follow from the seed and the number of the run. */
export async function fuzz(target: Target, { runs, seed, from = 0, longest, onRun }: FuzzOptions): Promise<Report> {
  const seeds = await target.seeds();
  const results = new Map<string, number>();
  const findings: Finding[] = [];
  const before = collectedMemory();
  const began = performance.now();
  let [slowest, mostMemory, done] = [0, 0, 0];
  for (let run = from; run < from + runs && findings.length < MOST_FINDINGS; run++) {
    onRun?.(run);
    const bytes = target.mutate(new Draw(seed * 1_000_003 + run), seeds);
    const { result, time, memory, fault } = await judgeInTime(target, bytes, longest);
    results.set(result, (results.get(result) ?? 0) + 1);
    slowest = Math.max(slowest, time);
    mostMemory = Math.max(mostMemory, memory);
    done++;
    if (fault !== undefined) findings.push({ run, bytes, fault });
    if (done % TURN === 0) await nextTurn();
  }
  const seconds = (performance.now() - began) / 1000;
  await nextTurn();
  const kept = collectedMemory() - before;
  if (kept > MOST_KEPT) {
    findings.push({ run: from, bytes: new Uint8Array(), fault: `${kept} bytes that stayed after ${done} files` });
  }
  return { name: target.name, runs: done, results, slowest, mostMemory, kept, seconds, findings };
}

/** Memory in use after garbage collection. */
function collectedMemory(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") Reflect.apply(collect, undefined, []);
  return usedMemory();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
