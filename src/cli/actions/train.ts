import { type Callback, NonFiniteError, StateDictError, configure } from "lanegrad";
import * as io from "lanegrad/io";
import type { CommonOptions } from "../common.ts";
import { CommandError, UsageError } from "../errors.ts";
import { type DataOptions, type LearningOptions, recipeFrom } from "../recipe/from-options.ts";
import { type Prepared, type Trained, prepareRecipe, trainPrepared } from "../recipe/train-recipe.ts";
import { printCount } from "../terminal/numbers.ts";
import { wrapped } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { print, progressOf, showsEpochs } from "../train/events.ts";
import { requireCharts, requireFolderFor, requireWritable } from "../outputs.ts";
import { resultsOf } from "../train/results.ts";
import { bestEpochOf, epochsText, parametersOf, resultText } from "../train/shown.ts";
import { understoodJson, understoodText } from "../train/understood.ts";
import { prepareWide } from "../wide.ts";

export interface TrainOptions extends CommonOptions, DataOptions, LearningOptions {
  readonly output: string;
  readonly force?: boolean;
  readonly checkpoints?: string;
  readonly resume?: boolean;
  readonly report?: string;
  readonly embed: "none" | "mistakes" | "all";
  readonly wide?: boolean;
  readonly dryRun?: boolean;
}

const WHERE = "train";

/** What a command line names that has rows to predict. */
const NEW_DATA = {
  csv: "new.csv",
  jsonl: "new.jsonl",
  parquet: "new.parquet",
  idx: "new-images-idx3-ubyte",
  images: "new-images/",
} as const;

/** Trains a model on a file or folder, and writes it. */
export async function train(path: string, options: TrainOptions, terminal: Terminal): Promise<void> {
  requireOutputs(path, options);
  if (options.threads !== undefined) configure({ threads: options.threads });
  await prepareWide(terminal, options.wide);
  const understood = await recipeFrom(WHERE, path, options);
  const prepared = await prepareRecipe(WHERE, understood.recipe, understood.rows);
  requireSavable(prepared);
  if (options.dryRun === true) {
    await terminal.result(understoodJson(prepared, understood), () => understoodText(prepared, understood, terminal));
    return;
  }
  terminal.note(`${understoodText(prepared, understood, terminal)}\n`);
  if (terminal.json) await print(terminal, understoodJson(prepared, understood));
  const { report, checkpoints } = options;
  // Checkpoints always have a recording, so that a training continues with a report or without.
  const isRecorded = report !== undefined || checkpoints !== undefined;
  const reporting = isRecorded ? await import("../train/report.ts") : undefined;
  const recording = reporting?.recordingOf(prepared);
  const callbacks = [
    progressOf(terminal, prepared.recipe.epochs, options.checkpoints),
    ...(recording ? [recording] : []),
  ];
  const trained = await trainedOf(prepared, options, terminal, callbacks);
  await io.save(trained.model, options.output, { schema: trained.fitted });
  if (report !== undefined && recording) {
    terminal.status(`evaluating for ${report}`);
    await reporting?.writeRunReport(report, recording, trained, options.embed);
  }
  const next = await nextOf(trained, options.output);
  await terminal.result(endOf(trained, options), () => resultsText(trained, options, next, terminal));
}

/** What can be done with the file: `lanegrad predict` makes layers of the library, and no others. */
async function nextOf({ recipe }: Trained, output: string): Promise<string> {
  try {
    await io.load(output);
    return `lanegrad predict ${output} ${NEW_DATA[recipe.data.format]}`;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return `io.load(${JSON.stringify(output)}, { classes }) in a program, as the model has classes of its own`;
  }
}

async function trainedOf(
  prepared: Prepared,
  options: TrainOptions,
  terminal: Terminal,
  callbacks: readonly Callback[],
): Promise<Trained> {
  const { epochs, optimizer } = prepared.recipe;
  try {
    return await trainPrepared(prepared, {
      progress: showsEpochs(terminal, epochs),
      callbacks: () => callbacks,
      checkpoints: options.checkpoints,
      resume: options.resume ?? false,
    });
  } catch (error) {
    if (error instanceof StateDictError) throw checkpointError(error);
    if (!(error instanceof NonFiniteError)) throw error;
    // Without the name of the function, and the option of `fit` that a command does not have.
    const message = error.message.replace(/^fit: /, "").replace(/ \(the step changed nothing.*$/s, "");
    const lower = Number((optimizer.lr / 10).toPrecision(2));
    throw new CommandError(`${WHERE}: ${message}`, `a smaller learning rate may help: --lr ${lower}`);
  }
}

/** What is wrong with checkpoints, in the words of the command. */
function checkpointError({ message }: StateDictError): CommandError {
  const folder = /got \d+ in (".*") \(/.exec(message)?.[1];
  if (folder === undefined) return new CommandError(`${WHERE}: ${message.replace("fit: resume", "--resume")}`);
  return new CommandError(
    `${WHERE}: --checkpoints must be a folder without those of another training; got ${folder}`,
    "--resume continues from the newest",
  );
}

/** Refuses before the work what would lose it. */
function requireOutputs(path: string, options: TrainOptions): void {
  const { output, report, embed, checkpoints, resume = false, force = false, dryRun = false } = options;
  if (resume && checkpoints === undefined) {
    throw new UsageError(`${WHERE}: --resume must be with --checkpoints, the folder that it continues from; got none`);
  }
  if (embed !== "none" && report === undefined) {
    throw new UsageError(`${WHERE}: --embed must be with --report; got none`);
  }
  if (report !== undefined) requireCharts(WHERE);
  if (dryRun) return;
  const inputs = [path, options.schema, options.labels, options.model, options.validation];
  requireWritable(WHERE, {
    files: { "--output": output, "--report": report },
    inputs: inputs.filter((each) => typeof each === "string"),
    replaces: force || resume,
  });
  if (checkpoints !== undefined) requireFolderFor(WHERE, checkpoints);
}

/** A model of a module file may have layers that a file cannot hold. */
function requireSavable({ model, fitted }: Prepared): void {
  try {
    io.toBytes(model, { schema: fitted });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new CommandError(
      `${WHERE}: the model must be one that a file can hold; ${error.message.replace(/^\w+: /, "")}`,
    );
  }
}

function endOf(trained: Trained, { output, report }: TrainOptions): object {
  const { history, model } = trained;
  return {
    type: "end",
    epochs: history.epochs.length,
    bestEpoch: bestEpochOf(trained) ?? null,
    stopped: history.stopped ?? null,
    parameters: parametersOf(model),
    results: resultsOf(trained),
    output,
    ...(report !== undefined && { report }),
  };
}

function resultsText(trained: Trained, { output, report }: TrainOptions, next: string, terminal: Terminal): string {
  const { style } = terminal;
  const width = terminal.isInteractive ? terminal.columns : Infinity;
  const results = Object.entries(resultsOf(trained));
  const lines = results.map(([name, result]) =>
    wrapped(resultText(name, result, trained.target.name, style), width).join("\n  "),
  );
  return [
    ...(lines.length > 0 ? lines.toReversed() : ["how good the model is was not measured: no rows were kept for that"]),
    wrapped(`${output}: ${printCount(parametersOf(trained.model))} parameters, ${epochsText(trained)}`, width).join(
      "\n  ",
    ),
    ...(report === undefined ? [] : [`${report}: open it in a browser`]),
    `${style.dim("next:")} ${next}`,
  ].join("\n");
}
