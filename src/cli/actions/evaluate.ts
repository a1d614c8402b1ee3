import { basename } from "node:path";
import { Tensor, configure, manualSeed } from "lanegrad";
import type { Row } from "lanegrad/data";
import { type EvaluationRecord, recordRun, writeReport } from "lanegrad/report";
import type { CommonOptions } from "../common.ts";
import { readRows } from "../data/read-rows.ts";
import { CommandError } from "../errors.ts";
import { columnsOf, misspelt } from "../data/columns.ts";
import { type TableModel, loadTableModel } from "../model/load-model.ts";
import { rowOptions } from "../model/row-options.ts";
import { rounding, targetScale } from "../model/target-scale.ts";
import { trainerOf } from "../model/trainer-of.ts";
import { requireInputs, schemaColumns } from "../model/schema-columns.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { intervalOf } from "../interval.ts";
import { baselineOf, meanBaseline } from "../evaluate/measures.ts";
import { requireCharts, requireWritable } from "../outputs.ts";
import { type Evaluated, evaluatedText } from "../evaluate/text.ts";

export interface EvaluateCommandOptions extends CommonOptions {
  readonly format?: string;
  readonly delimiter?: string;
  readonly labels?: string;
  readonly mistakes: number;
  readonly monteCarlo: number;
  readonly seed: number;
  readonly report?: string;
  readonly embed: "none" | "mistakes";
  readonly skip?: boolean;
  readonly schema?: string;
  readonly classes?: string;
}

const WHERE = "evaluate";

/** Measures a model on rows whose target is known. */
export async function evaluate(
  [path, data]: readonly [model: string, data: string],
  options: EvaluateCommandOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.threads !== undefined) configure({ threads: options.threads });
  if (options.report !== undefined) {
    requireWritable(WHERE, { files: { "--report": options.report }, inputs: [path, data], replaces: true });
    requireCharts(WHERE);
  }
  const loaded = await loadTableModel(WHERE, path, options);
  const target = schemaColumns(loaded.schema).target?.name ?? "";
  const rows = await readRows(WHERE, data, rowOptions(loaded.schema, options));
  requireTarget(rows, target, data);
  requireInputs(WHERE, loaded.schema, columnsOf(rows));
  const { kept, unknown } = fitting(loaded, rows, target, options.skip === true);
  const samples = loaded.schema.dataset(kept.map((row) => rows[row] ?? {}));
  if (options.monteCarlo > 0) manualSeed(options.seed);
  const trainer = trainerOf(loaded);
  const run = recordRun(trainer, {
    name: basename(path),
    schema: loaded.schema,
    data: { [basename(data)]: { file: data } },
  });
  const found = await run.evaluate(samples, {
    name: basename(data),
    rows: kept.map((row) => rows[row] ?? {}),
    mistakes: options.mistakes,
    layers: options.report !== undefined,
    ...(options.monteCarlo > 0 && { monteCarlo: options.monteCarlo }),
  });
  const { report } = options;
  if (report !== undefined) {
    await writeReport(report, run.record({ samples: options.embed === "mistakes" }), { embed: options.embed });
    terminal.note(`report: ${report}`);
  }
  const evaluated: Evaluated = {
    model: path,
    data,
    target,
    rows: kept.length,
    unknown,
    misfits: rows.length - unknown - kept.length,
    record: inUnits(loaded, {
      ...found,
      mistakes: found.mistakes.map((each) => ({ ...each, row: kept[each.row] ?? each.row })),
    }),
    targets:
      loaded.schema.classes.length > 0 ? undefined : loaded.schema.values(samples.y instanceof Tensor ? samples.y : []),
    cells: (row) => rows[row] ?? {},
    inputs: schemaColumns(loaded.schema).inputs.map(({ name }) => name),
  };
  await terminal.result(valueOf(evaluated), () => evaluatedText(evaluated, terminal.style, terminal.columns));
}

/** Numbers of an evaluation in the units of the table, where the model has others. */
function inUnits({ schema }: TableModel, record: EvaluationRecord): EvaluationRecord {
  if (schema.classes.length > 0) return record;
  const rounded = rounding(schema);
  const text = (number: string): string => String(rounded(Number(number)));
  const spread = targetScale(schema)?.spread ?? 1;
  const { certainty, mistakes } = record;
  return {
    ...record,
    certainty: certainty && {
      ...certainty,
      referred: certainty.referred.map((each) => ({ ...each, kept: each.kept * spread })),
    },
    mistakes: mistakes.map((each) => ({ ...each, target: text(each.target), prediction: text(each.prediction) })),
  };
}

/** What --json prints. */
function valueOf({ model, data, target, rows, unknown, misfits, record, targets }: Evaluated): object {
  const { scores, classes, values, certainty } = record;
  const baseline = classes ? baselineOf(classes) : targets && meanBaseline(targets);
  const interval = classes && scores.accuracy !== null ? intervalOf(scores.accuracy, rows) : undefined;
  // Points of curves and of all samples are for pictures: a report has them.
  const { roc: _, precisionRecall: __, ...perClass } = classes ?? { roc: [], precisionRecall: [] };
  const { targets: ___, predictions: ____, ...errors } = values ?? { targets: [], predictions: [] };
  return {
    type: "evaluation",
    model,
    data,
    target,
    rows,
    unknown,
    misfits,
    loss: scores.loss,
    ...(classes && { accuracy: scores.accuracy, interval, baseline, classes: perClass }),
    ...(values && { values: errors, baseline }),
    certainty: certainty && {
      predictions: certainty.predictions,
      by: certainty.by,
      errorDetection: certainty.errorDetection,
      referred: certainty.referred,
    },
    mistakes: record.mistakes.map(({ sample: _____, ...mistake }) => mistake),
    notes: record.notes,
  };
}

function requireTarget(rows: readonly Row[], target: string, data: string): void {
  if (rows.some((row) => Object.hasOwn(row, target))) return;
  throw new CommandError(
    `${WHERE}: the data must have the column ${JSON.stringify(target)}, the target of the model; got ${JSON.stringify(data)} without it`,
    misspelt(target, Object.keys(rows[0] ?? {})),
  );
}

function isMissing(cell: Row[string]): boolean {
  return cell === null || cell === undefined || cell === "";
}

/**
 * Indices of the rows that fit, and how many were left out as their target is missing.
 * @throws CommandError at the first other that does not fit, unless they are skipped
 */
function fitting(
  { schema }: TableModel,
  rows: readonly Row[],
  target: string,
  skip: boolean,
): { readonly kept: readonly number[]; readonly unknown: number } {
  const misfits = schema.check(rows, { target: true });
  const wrong = new Set(misfits.map(({ row }) => row));
  const unknown = new Set([...wrong].filter((row) => isMissing(rows[row]?.[target])));
  const first = misfits.find(({ row }) => !unknown.has(row));
  if (first && !skip) {
    const { row, column, problem } = first;
    const hint = misspelt(column, Object.keys(rows[row] ?? {})) ?? "--skip leaves such rows out";
    throw new CommandError(`${WHERE}: column ${JSON.stringify(column)} of row ${row} ${problem}`, hint);
  }
  const kept = rows.flatMap((_, row) => (wrong.has(row) ? [] : row));
  if (kept.length > 0) return { kept, unknown: unknown.size };
  throw new CommandError(`${WHERE}: at least one row must fit; got none of ${rows.length}`);
}
