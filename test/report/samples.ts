/** Records of trainings, as `recordRun` gives them: see records/make.ts. */
import { readFileSync } from "node:fs";
import type { EvaluationRecord, RunRecord } from "../../src/report/index.ts";

function read(name: string): RunRecord {
  return JSON.parse(readFileSync(new URL(`records/${name}.json`, import.meta.url), "utf8")) as RunRecord;
}

/** Ten classes, images as mistakes, random masks, layers. */
export const digits = read("digits");
/** The same without dropout, so without random masks. */
export const plainDigits = read("digits-plain");
/** A number, rows with a schema as mistakes, a recipe. */
export const houses = read("houses");

/** A run whose evaluation is changed. */
export function withEvaluation(run: RunRecord, change: Partial<EvaluationRecord>): RunRecord {
  return { ...run, evaluations: run.evaluations.map((each) => ({ ...each, ...change })) };
}
