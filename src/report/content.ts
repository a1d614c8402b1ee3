/** The JSON in a report. */
import type { RunRecord } from "./run/record.ts";
import { type Check, list, object, oneOf, text, whole } from "./check/check.ts";
import { run } from "./check/run.ts";

/** The element that holds it. No other markup of a report has `<` before these letters: names are escaped. */
export const BEFORE = '<script type="application/json" id="lanegrad-report">';
export const AFTER = "</script>";

/** A file of the data, packed by gzip and in base64. */
export interface PackedFile {
  readonly name: string;
  readonly size: number; // bytes when unpacked
  readonly gzip: string;
}

export interface Content {
  readonly report: 1;
  readonly title: string;
  readonly runs: readonly RunRecord[];
  readonly data: readonly PackedFile[];
}

export const content: Check<Content> = object<Content>({
  report: oneOf(1),
  title: text,
  runs: list(run),
  data: list(object<PackedFile>({ name: text, size: whole, gzip: text })),
});
