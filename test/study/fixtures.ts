import { readFileSync } from "node:fs";

type Rows = readonly (readonly number[])[];

interface Importance {
  readonly weights: number[][];
  readonly x: number[][];
  readonly y: number[];
  readonly orders: Rows;
  readonly drops: Rows;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

interface Fixtures {
  readonly losses: {
    readonly logits: number[][];
    readonly labels: readonly number[];
    readonly crossEntropy: readonly number[];
    readonly logLoss: readonly number[];
    readonly weighted: readonly number[];
    readonly ignored: readonly number[];
    readonly twoLogits: number[][];
    readonly twoTargets: number[][];
    readonly bce: readonly number[];
    readonly mse: readonly number[];
  };
  readonly importances: { readonly regression: Importance; readonly classes: Importance };
  readonly validated: {
    readonly x: number[][];
    readonly y: readonly number[];
    readonly folds: readonly { readonly training: number[]; readonly validation: number[] }[];
    readonly scores: readonly number[];
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly predictions: readonly number[];
  };
  readonly bounds: readonly { readonly level: number; readonly freedom: number; readonly bound: number }[];
  readonly paired: {
    readonly first: readonly number[];
    readonly second: readonly number[];
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  };
}

/** What `scripts/study.py` wrote. */
export const fixtures = JSON.parse(readFileSync(new URL("fixtures/study.json", import.meta.url), "utf8")) as Fixtures;
