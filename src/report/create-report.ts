import { FormatError, requireOneOf, requireRecord, shown } from "../base/errors.ts";
import { arrayKind } from "../base/numbers.ts";
import { withDefaults } from "../base/options.ts";
import { toBase64 } from "./base64.ts";
import { loadEcharts } from "./charts/echarts.ts";
import { run as runCheck } from "./check/run.ts";
import { AFTER, BEFORE, type Content, type PackedFile } from "./content.ts";
import { Html } from "./page/html.ts";
import { page } from "./page/page.ts";
import { Recording, withoutSamples } from "./run/recording.ts";
import type { CurveRecord, EvaluationRecord, RunRecord } from "./run/record.ts";

/** What `recordRun` gives, or what `readReport` read. */
export type Run = RunRecord | { toJSON(): RunRecord };

export interface ReportOptions {
  /** Default: the name of the run, or `2 runs`. */
  readonly title?: string;
  /**
   * Which samples are in the file. Default: "none".
   *
   * "none": no sample; mistakes are listed by row number. Names of classes and columns, and what a schema learned, are in it.
   * "mistakes": those samples. "all": also the files in `data`.
   */
  readonly embed?: "none" | "mistakes" | "all";
  /** The bytes of the data's files by name, with `embed` "all" only. Default: none. */
  readonly data?: Readonly<Record<string, Uint8Array>>;
}

/**
 * A page of HTML that shows a run, or compares several. It loads nothing and runs no script; `readReport` reads the runs again.
 * Needs the package echarts.
 *
 * @throws TypeError or RangeError when a run is no run, or an option is unknown or of the wrong kind
 * @throws Error when echarts is not installed
 */
export async function createReport(runs: Run | readonly Run[], options: ReportOptions = {}): Promise<string> {
  return reportOf("createReport", runs, options);
}

/** The same, with the name of a function for messages. */
export async function reportOf(where: string, runs: Run | readonly Run[], options: ReportOptions): Promise<string> {
  const { title, embed, data } = withDefaults(where, options, { title: undefined, embed: "none", data: undefined });
  requireOneOf(where, "embed", embed, ["none", "mistakes", "all"]);
  if (title !== undefined && typeof title !== "string")
    throw new TypeError(`${where}: title must be text; got ${shown(title)}`);
  const files = filesOf(where, embed, data);
  const given: readonly unknown[] = Array.isArray(runs) ? runs : [runs];
  if (given.length === 0) throw new RangeError(`${where}: runs must have at least one run; got none`);
  const samples = embed !== "none";
  const whole = given.map((each) => (each instanceof Recording ? each.record({ samples }) : each));
  const records = whole.map((each, i) => recordOf(where, each, `runs[${i}]`));
  const shownRuns = records.map((run) => {
    return {
      ...run,
      evaluations: run.evaluations.map((each) => withRoundCurves(samples ? each : withoutSamples(each))),
    };
  });
  const [first] = shownRuns;
  const named = title ?? (shownRuns.length === 1 && first ? first.name : `${shownRuns.length} runs`);
  const draw = await loadEcharts(where);
  const content: Content = { report: 1, title: named, runs: shownRuns, data: await Promise.all(files.map(packed)) };
  const json = JSON.stringify(content).replaceAll("<", String.raw`\u003c`);
  return page(draw, named, shownRuns, new Html(BEFORE + json + AFTER));
}

function filesOf(where: string, embed: string, data: unknown): readonly (readonly [string, Uint8Array])[] {
  if (data === undefined && embed !== "all") return [];
  if (embed !== "all")
    throw new RangeError(`${where}: data must be absent unless embed is "all"; got embed ${shown(embed)}`);
  requireRecord(where, "data", data, "bytes by the names of files");
  return Object.entries(Object(data) as Record<string, unknown>).map(([name, bytes]) => {
    if (arrayKind(bytes) === "Uint8Array") return [name, bytes as Uint8Array];
    throw new TypeError(`${where}: data[${shown(name)}] must be a Uint8Array; got ${shown(bytes)}`);
  });
}

/** Plain data of a run, checked. */
function recordOf(where: string, given: unknown, path: string): RunRecord {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`${where}: ${path} must be a run of recordRun or readReport; got ${shown(given)}`);
  }
  try {
    return runCheck(JSON.parse(JSON.stringify(given)), `${where}: ${path}`);
  } catch (cause) {
    if (cause instanceof FormatError) throw new TypeError(cause.message, { cause });
    throw new TypeError(`${where}: ${path} must be plain data; got ${shown(given)}`, { cause });
  }
}

/** Points of curves with five digits, which is what pictures need; all else as it is. */
function withRoundCurves(evaluation: EvaluationRecord): EvaluationRecord {
  const { classes, certainty } = evaluation;
  const round = (values: readonly number[]): readonly number[] => values.map((each) => Number(each.toPrecision(5)));
  const rounded = (curve: CurveRecord): CurveRecord => ({ ...curve, x: round(curve.x), y: round(curve.y) });
  return {
    ...evaluation,
    classes: classes && {
      ...classes,
      roc: classes.roc.map(rounded),
      precisionRecall: classes.precisionRecall.map(rounded),
    },
    certainty: certainty && { ...certainty, curve: rounded(certainty.curve) },
  };
}

async function packed([name, bytes]: readonly [string, Uint8Array]): Promise<PackedFile> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream("gzip"));
  const gzip = new Uint8Array(await new Response(stream).arrayBuffer());
  return { name, size: bytes.length, gzip: toBase64(gzip) };
}
