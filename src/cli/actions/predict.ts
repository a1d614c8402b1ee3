import { resolve } from "node:path";
import process from "node:process";
import { configure, manualSeed } from "lanegrad";
import type { Misfit } from "lanegrad/data";
import type { CommonOptions } from "../common.ts";
import { STANDARD_INPUT } from "../data/format.ts";
import { CommandError, UsageError } from "../errors.ts";
import { misspelt } from "../data/columns.ts";
import { type TableModel, loadTableModel } from "../model/load-model.ts";
import { requireInputs } from "../model/schema-columns.ts";
import { type Predicted, type RowPrediction, RowPredictor, isMisfit } from "../model/row-predictor.ts";
import { batchesOf } from "../stream/batches.ts";
import { type OpenRows, openRows } from "../stream/open.ts";
import type { InputRow } from "../stream/row.ts";
import { type Sink, fileSink, outputSink } from "../stream/sink.ts";
import { type Added, type RowWriter, csvWriter, jsonWriter } from "../stream/writer.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface PredictCommandOptions extends CommonOptions {
  readonly format?: string;
  readonly delimiter?: string;
  readonly to?: "csv" | "jsonl";
  readonly output?: string;
  readonly only?: boolean;
  readonly columns?: readonly string[];
  readonly probabilities?: boolean;
  readonly prefix: string;
  readonly skip?: boolean;
  readonly flag?: boolean;
  readonly batch: number;
  readonly monteCarlo: number;
  readonly seed: number;
  readonly schema?: string;
  readonly classes?: string;
}

const WHERE = "predict";

/** Rows that do not fit. */
interface Misfits {
  count: number;
  /** The first of them, for a message. */
  first: string;
}

/** Writes a prediction for each row of a file or of standard input, as the rows come. */
export async function predict(
  [model, data]: readonly [model: string, data: string | undefined],
  options: PredictCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const path = data ?? STANDARD_INPUT;
  if (data === undefined && process.stdin.isTTY) {
    throw new UsageError(
      `${WHERE}: the data must be a file, or rows through a pipe; got none`,
      `lanegrad predict ${model} data.csv\ncat data.csv | lanegrad predict ${model}`,
    );
  }
  const { output } = options;
  if (output !== undefined && [model, path].some((read) => resolve(read) === resolve(output))) {
    throw new UsageError(`${WHERE}: --output must be another file than what is read; got ${JSON.stringify(output)}`);
  }
  if (options.threads !== undefined) configure({ threads: options.threads });
  if (options.monteCarlo > 0) manualSeed(options.seed);
  const loaded = await loadTableModel(WHERE, model, options);
  const input = await openRows(WHERE, path, loaded.schema, options);
  try {
    await predictRows(loaded, input, options, terminal);
  } finally {
    input.close();
  }
}

async function predictRows(
  loaded: TableModel,
  input: OpenRows,
  options: PredictCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { batch, output } = options;
  const predictor = new RowPredictor(loaded, { batchSize: batch, monteCarlo: options.monteCarlo });
  const { writer, addedOf } = outputOf(loaded, input, options, terminal);
  const sink = output === undefined ? outputSink() : await fileSink(WHERE, output);
  const misfits: Misfits = { count: 0, first: "" };
  const began = performance.now();
  let rows = 0;
  try {
    // Masks depend on a row's place in its batch, which must not depend on how the input pauses.
    const pause = options.monteCarlo > 0 ? Infinity : undefined;
    for await (const group of batchesOf(input.rows, batch, pause)) {
      if (rows === 0) requireTable(loaded, input, group);
      const predicted = predictor.predict(group.map(({ row }) => row));
      rows += group.length;
      await writeGroup(sink, writer, addedOf, group, predicted, options, misfits);
      if (output !== undefined) terminal.status(`${rows} rows`);
    }
    await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
  if (misfits.count > 0 && options.quiet !== true) {
    const done = options.skip === true ? "left out" : "without a prediction";
    process.stderr.write(`${WHERE}: ${misfits.count} of ${rows} rows ${done}; the first: ${misfits.first}\n`);
  }
  if (output === undefined) return;
  const seconds = (performance.now() - began) / 1000;
  terminal.note(`${rows} rows in ${seconds.toFixed(2)} s: ${output}`);
  if (terminal.json) await terminal.result({ type: "end", rows, misfits: misfits.count, seconds, output }, () => "");
}

/** Rows of tables have all columns; members of JSON lines may be absent. */
function requireTable({ schema }: TableModel, { format }: OpenRows, [first]: readonly InputRow[]): void {
  if (first && (format === "csv" || format === "parquet")) requireInputs(WHERE, schema, first.names);
}

async function writeGroup(
  sink: Sink,
  writer: RowWriter,
  addedOf: (prediction: RowPrediction | undefined) => readonly Added[],
  group: readonly InputRow[],
  predicted: readonly Predicted[],
  { skip = false, flag = false }: PredictCommandOptions,
  misfits: Misfits,
): Promise<void> {
  const texts: string[] = [];
  let refused: CommandError | undefined;
  for (const [i, row] of group.entries()) {
    const found = predicted[i];
    if (!found || !isMisfit(found)) {
      texts.push(writer.write(row, addedOf(found)));
      continue;
    }
    const what = problemOf(found, row);
    if (!skip && !flag) {
      const hint =
        misspelt(found.column, row.names) ?? "--skip leaves such rows out, and --flag leaves their prediction empty";
      refused = new CommandError(`${WHERE}: ${what}`, hint);
      break;
    }
    if (misfits.count === 0) misfits.first = what;
    misfits.count++;
    if (flag) texts.push(writer.write(row, addedOf(undefined)));
  }
  if (texts.length > 0) await sink.write(texts.join(""));
  if (refused) throw refused;
}

/** `column "age" of line 3 must be a number; got "x"` */
function problemOf({ column, problem }: Misfit, { place, names }: InputRow): string {
  if (names.includes(column)) return `column ${JSON.stringify(column)} of ${place} ${problem}`;
  return `the data must have the column ${JSON.stringify(column)}; got none in ${place}`;
}

/** How rows are written, and what is added to each: nothing but names for one that does not fit. */
function outputOf(
  { schema }: TableModel,
  input: OpenRows,
  options: PredictCommandOptions,
  { json }: Terminal,
): { readonly writer: RowWriter; readonly addedOf: (prediction: RowPrediction | undefined) => readonly Added[] } {
  const { probabilities = false, prefix, monteCarlo } = options;
  const { classes } = schema;
  const isLabel = classes.length > 0;
  const names = [
    "prediction",
    ...(isLabel ? ["probability"] : []),
    ...(isLabel && probabilities ? classes.map((name) => `probability_${name}`) : []),
    ...(monteCarlo > 0 ? ["uncertainty"] : []),
  ];
  if (probabilities && !isLabel) {
    throw new CommandError(`${WHERE}: --probabilities must be for a model of classes; got one that predicts numbers`);
  }
  const addedOf = (prediction: RowPrediction | undefined): readonly Added[] => {
    if (!prediction) return names.map(() => null);
    return [
      prediction.value,
      ...(isLabel ? [prediction.probability] : []),
      ...(isLabel && probabilities ? prediction.probabilities : []),
      ...(monteCarlo > 0 ? [prediction.uncertainty] : []),
    ];
  };
  const columns = options.only === true ? [] : options.columns;
  const settings = { where: WHERE, columns, added: names.map((name) => prefix + name), delimiter: input.delimiter };
  const to = options.to ?? (json || input.format === "jsonl" ? "jsonl" : "csv");
  return { writer: to === "csv" ? csvWriter(settings) : jsonWriter(settings), addedOf };
}
