import process from "node:process";
import { type Callback, backend, configure } from "lanegrad";
import { type EmbeddedFile, type Recording, type RunRecord, readReport } from "lanegrad/report";
import type { CommonOptions } from "../common.ts";
import { CommandError, EXIT, UsageError } from "../errors.ts";
import { requireFile } from "../data/paths.ts";
import { didYouMean } from "../nearest.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { RecipeRows } from "../recipe/split-rows.ts";
import { type Prepared, type Trained, readRecipeRows, trainRecipe } from "../recipe/train-recipe.ts";
import { type Comparison, compareRuns } from "../replay/compare.ts";
import { EmbeddedData } from "../replay/embedded.ts";
import { type Named, located } from "../replay/locate.ts";
import { reasonsFor } from "../replay/reasons.ts";
import { recipeOf } from "../replay/recipe-of.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { requireCharts, requireWritable } from "../outputs.ts";
import { recordingOf, writeRunReport } from "../train/report.ts";
import { prepareWide } from "../wide.ts";

export interface ReplayOptions extends CommonOptions, Named {
  readonly run?: string;
  readonly report?: string;
  readonly force?: boolean;
  readonly wide?: boolean;
}

const WHERE = "replay";

/** Trains again what a report holds, and says whether the bits are the same. */
export async function replay(path: string, options: ReplayOptions, terminal: Terminal): Promise<void> {
  requireOutput(path, options);
  requireFile(WHERE, "the report", path);
  const { runs, data } = await readReport(path);
  const recorded = runOf(runs, options.run);
  const recipe = recipeOf(requireRecipe(recorded));
  const [found, rows] = await readAgain(recipe, path, options, data);
  if (options.threads !== undefined) configure({ threads: options.threads });
  noteDifferences(recorded, recipe, terminal);
  await prepareWide(terminal, options.wide);
  const [trained, recording] = await trainedAgain(found, rows, recorded, terminal);
  await tell(recorded, recording.record(), recipe, terminal);
  if (options.report !== undefined) await writeRunReport(options.report, recording, trained, "none");
}

/** The recipe with the files where they are now, and their rows. */
async function readAgain(
  recipe: Recipe,
  path: string,
  named: Named,
  data: readonly EmbeddedFile[],
): Promise<readonly [Recipe, RecipeRows]> {
  const embedded = new EmbeddedData(data);
  try {
    const found = await located(recipe, path, named, embedded);
    return [found, await readRecipeRows(WHERE, found)];
  } finally {
    embedded.remove();
  }
}

function requireOutput(path: string, { report, data, force = false }: ReplayOptions): void {
  if (report === undefined) return;
  requireCharts(WHERE);
  const inputs = data === undefined ? [path] : [path, data];
  requireWritable(WHERE, { files: { "--report": report }, inputs, replaces: force });
}

/** The run of a name, or the only one. */
function runOf(runs: readonly RunRecord[], name: string | undefined): RunRecord {
  if (runs.length === 0) throw new CommandError(`${WHERE}: a report must have a run; got none`);
  const names = runs.map((run) => run.name);
  const found = name === undefined ? runs : runs.filter((run) => run.name === name);
  const [only, ...more] = found;
  if (only && more.length === 0) return only;
  if (name !== undefined && !only) {
    throw new UsageError(
      `${WHERE}: --run must be a run of the report, ${names.map((each) => JSON.stringify(each)).join(", ")}; got ${name}`,
      didYouMean(name, names),
    );
  }
  throw new UsageError(
    `${WHERE}: one run must be named of ${found.length}; got none`,
    names.map((each) => `--run ${JSON.stringify(each)}`).join("\n"),
  );
}

function requireRecipe({ name, recipe }: RunRecord): NonNullable<RunRecord["recipe"]> {
  if (recipe !== null) return recipe;
  throw new CommandError(
    `${WHERE}: the run must be one of lanegrad train, which has a recipe; got ${JSON.stringify(name)}, which a program made`,
    "run that program again, and compare the hash of the weights in the two reports",
  );
}

/** Says before the training what may give other bits. */
function noteDifferences({ machine }: RunRecord, recipe: Recipe, terminal: Terminal): void {
  configure({ reproducible: recipe.kernels === "strict" });
  if (backend().kernels !== recipe.kernels) {
    terminal.note(`trained with ${recipe.kernels} kernels on ${machine.host}; here they are ${backend().kernels}`);
  }
}

async function trainedAgain(
  recipe: Recipe,
  rows: RecipeRows,
  recorded: RunRecord,
  terminal: Terminal,
): Promise<readonly [Trained, Recording]> {
  const recordings: Recording[] = [];
  const { length } = recorded.epochs;
  const callbacks = (prepared: Prepared): readonly Callback[] => {
    const recording = recordingOf(prepared);
    recordings.push(recording);
    return [recording, progressOf(length, terminal), endingAfter(length)];
  };
  const trained = await trainRecipe(WHERE, recipe, rows, { callbacks });
  const [recording] = recordings;
  if (!recording) throw new Error(`${WHERE}: a training must have begun; got none`);
  return [trained, recording];
}

/** Ends a training after as many epochs as the recorded one had, which a person may have stopped. */
function endingAfter(epochs: number): Callback {
  return { onEpoch: ({ epoch, stop }) => (epoch >= epochs ? stop("as many epochs as recorded") : undefined) };
}

function progressOf(epochs: number, terminal: Terminal): Callback {
  let shownAt = -Infinity;
  return {
    onEpoch: ({ epoch }) => {
      if (performance.now() - shownAt < 50) return;
      shownAt = performance.now();
      terminal.status(`epoch ${epoch} of ${epochs}`);
    },
    onEnd: () => terminal.status(""),
  };
}

async function tell(recorded: RunRecord, replayed: RunRecord, recipe: Recipe, terminal: Terminal): Promise<void> {
  const comparison = compareRuns(recorded, replayed);
  const { difference } = comparison;
  const same = difference === undefined;
  const reasons = same ? [] : [...reasonsFor(recorded.machine, replayed.machine, "path" in recipe.model), ...interrupted(recorded)]; // prettier-ignore
  const { epochs, numbers } = comparison;
  const result = { same, run: recorded.name, epochs, numbers, weights: replayed.weights, ...(difference && { difference, reasons }) }; // prettier-ignore
  await terminal.result(result, () => textOf(comparison, replayed, reasons, terminal));
  if (!same) process.exitCode = EXIT.no;
}

function interrupted({ stopped }: RunRecord): readonly string[] {
  const isSignal = stopped !== null && /^(aborted|SIG[A-Z]+)$/.test(stopped);
  return isSignal
    ? [`the training was stopped (${stopped}), perhaps within an epoch that the report does not have`]
    : [];
}

function textOf(
  { epochs, numbers, difference }: Comparison,
  { weights }: RunRecord,
  reasons: readonly string[],
  { style }: Terminal,
): string {
  if (!difference) {
    return `${style.green("same bits:")} ${numbers} numbers of ${epochs} epochs, and the weights, SHA-256 ${weights}`;
  }
  const { epoch, what, recorded, replayed } = difference;
  const where = epoch === null ? what : `${what} of epoch ${epoch}`;
  return [
    `${style.red("other bits:")} ${where} is ${replayed ?? "none"}, not ${recorded ?? "none"}`,
    ...(epochs > 0 ? [`the same before: ${numbers - (epoch === null ? 0 : 1)} numbers`] : []),
    ...reasons.map((reason) => `maybe: ${reason}`),
  ].join("\n");
}
