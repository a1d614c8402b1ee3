import { readFileSync } from "node:fs";
import { vi } from "vitest";
import { platform } from "#platform";
import { type Dataset, fromArrays } from "../../../src/data/index.ts";

/** Samples 0 to length - 1 in x, their classes in y. */
export function numbered(length: number, labels: ArrayLike<number> = new Int32Array(length)): Dataset {
  return fromArrays(
    Array.from({ length }, (_, i) => i),
    Int32Array.from(labels),
  );
}

/** The numbers of a tensor or of indices, ascending. */
export function ascending(values: ArrayLike<number>): number[] {
  return Array.from(values).toSorted((a, b) => a - b);
}

/** Whole numbers below `bound`, the same for the same seed. */
export function randomWholes(length: number, bound: number, seed: number): number[] {
  let state = seed + 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647; // minimal standard generator of Park and Miller
    return Math.floor((state / 2_147_483_647) * bound);
  });
}

/** Warnings of the host while `act` runs. */
export function warningsOf(act: () => unknown): string[] {
  const warned = vi.spyOn(platform, "warn").mockImplementation(() => undefined);
  try {
    act();
    return warned.mock.calls.map(([message]) => message);
  } finally {
    warned.mockRestore();
  }
}

interface Stored {
  readonly kFold: readonly { samples: number; k: number; sizes: number[] }[];
  readonly stratified: readonly { labels: number[]; k: number; counts: number[][]; sizes: number[] }[];
  readonly grouped: readonly { groups: number[]; k: number; sizes: number[] }[];
  readonly stratifiedGroups: readonly { labels: number[]; groups: number[]; k: number; spread: number }[];
  readonly timed: readonly { samples: number; k: number; folds: { training: number[]; validation: number[] }[] }[];
  readonly weights: readonly { labels: number[]; classes: number[]; samples: number[] }[];
}

/** Values of scikit-learn, which scripts/splits.py prints. */
export const stored = JSON.parse(readFileSync(new URL("../fixtures/splits.json", import.meta.url), "utf8")) as Stored;
