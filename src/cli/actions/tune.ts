import { configure } from "lanegrad";
import * as io from "lanegrad/io";
import type { CommonOptions } from "../common.ts";
import { CommandError, UsageError } from "../errors.ts";
import { type DataOptions, type LearningOptions, recipeFrom } from "../recipe/from-options.ts";
import { prepareRecipe, trainRecipe } from "../recipe/train-recipe.ts";
import { wrapped } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { print } from "../train/events.ts";
import { requireCharts, requireWritable } from "../outputs.ts";
import { type Result, resultsOf } from "../train/results.ts";
import { resultText } from "../train/shown.ts";
import { grid, gridSize, randomSettings } from "../tune/candidates.ts";
import { LiveTable } from "../tune/live-table.ts";
import { type Trial, openLog } from "../tune/log.ts";
import { SearchReport } from "../tune/report.ts";
import { type Search, jobsOf, recipeWith, run } from "../tune/search.ts";
import { type Dimension, type Settings, spaceOf } from "../tune/space.ts";
import { type By, type Standing, keyOf, standingsOf } from "../tune/standings.ts";
import { tableOf } from "../tune/table.ts";
import { type Given, trainCommandOf } from "../tune/train-command.ts";
import { variables } from "../tune/variables.ts";
import { prepareWide } from "../wide.ts";

export interface TuneOptions extends CommonOptions, DataOptions, LearningOptions {
  readonly try: readonly string[];
  readonly random?: number;
  readonly seeds: number;
  readonly by: By;
  readonly log?: string;
  readonly resume?: boolean;
  readonly output?: string;
  readonly report?: string;
  readonly force?: boolean;
  readonly wide?: boolean;
}

const WHERE = "tune";
const MOST_TRIALS = 10_000;
const SHOWN = 20; // rows of the last table

/**
 * Trains with many settings, and names the best.
 * @param given options of the command line that `lanegrad train` takes too
 */
export async function tune(path: string, options: TuneOptions, given: Given, terminal: Terminal): Promise<void> {
  const space = spaceOf(options.try, variables());
  const all = settingsOf(space, options);
  requireOutputs(path, options);
  if (options.threads !== undefined) configure({ threads: options.threads });
  await prepareWide(terminal, options.wide);
  const { recipe, rows, trained } = await recipeFrom(WHERE, path, options);
  if (recipe.split.validation === 0) {
    throw new UsageError(`${WHERE}: --validation must be above 0, for it decides; got 0`);
  }
  const search: Search = { base: recipe, rows, options, trained };
  await requireFitting(search, all, options.by);
  const { before, add } = options.log === undefined ? NO_LOG : openLog(options.log, identityOf(search), options.resume ?? false); // prettier-ignore
  const wanted = new Set(all.map(keyOf));
  const trials: Trial[] = before.filter(({ settings }) => wanted.has(keyOf(settings)));
  const jobs = jobsOf(all, options.seed, options.seeds, trials);
  await begin(terminal, space, options, all.length, jobs.length);
  const report = options.report === undefined ? undefined : new SearchReport(options.report, options.by);
  const live = new LiveTable(terminal, options.by, jobs.length);
  for (const job of jobs) {
    live.begin(job, trials);
    const { trial, trained: model } = await run(search, job, { callbacks: (prepared) => [live.progress(prepared), ...(report?.callbacks(prepared) ?? [])] }); // prettier-ignore
    trials.push(trial);
    add(trial);
    if (model) await report?.add(model, trial);
    const [first] = standingsOf(trials, options.by);
    if (terminal.json) await print(terminal, { type: "trial", ...trial, best: first?.trials.includes(trial) ?? false });
  }
  live.end();
  await finish(search, standingsOf(trials, options.by), path, given, options, terminal);
  await report?.write();
}

const NO_LOG = { before: [], add: () => undefined };

function settingsOf(space: readonly Dimension[], { random, seed }: TuneOptions): readonly Settings[] {
  if (random !== undefined) return randomSettings(space, random, seed);
  const size = gridSize(space);
  if (size <= MOST_TRIALS) return grid(space);
  throw new UsageError(
    `${WHERE}: the grid must have at most ${MOST_TRIALS} settings; got ${size}`,
    "--random 100 tries that many of them",
  );
}

function requireOutputs(path: string, { output, report, log, resume, force = false, ...options }: TuneOptions): void {
  if (resume === true && log === undefined) {
    throw new UsageError(`${WHERE}: --resume must be with --log; got none`);
  }
  if (report !== undefined) requireCharts(WHERE);
  const inputs = [path, options.schema, options.labels, options.model, options.validation, log];
  requireWritable(WHERE, {
    files: { "--output": output, "--report": report },
    inputs: inputs.filter((each) => typeof each === "string"),
    replaces: force || resume === true,
  });
}

/** Refuses models and scores that do not fit the data before any is trained. */
async function requireFitting(search: Search, all: readonly Settings[], by: By): Promise<void> {
  const seen = new Set<string>();
  for (const settings of all) {
    const recipe = await recipeWith(search, { settings, seed: search.options.seed });
    const key = JSON.stringify(recipe.model);
    if (seen.has(key)) continue;
    seen.add(key);
    const { target } = await prepareRecipe(WHERE, recipe, search.rows);
    if (by === "loss" || target.kind !== "number") continue;
    const message = `${WHERE}: --by must be loss for a target of numbers; got ${by}`;
    throw new UsageError(message);
  }
}

/** What must be equal for trials to be comparable. */
function identityOf({ base }: Search): object {
  const { data, split, ...others } = base;
  const validation = typeof split.validation === "number" ? split.validation : split.validation.sha256;
  return { data: data.sha256, ...others, split: { ...split, validation } };
}

async function begin(
  terminal: Terminal,
  space: readonly Dimension[],
  { random, seeds }: TuneOptions,
  settings: number,
  jobs: number,
): Promise<void> {
  const names = space.map(({ name }) => name);
  const how = random === undefined ? "grid of" : "random values of";
  const done = settings * seeds - jobs;
  const text = `${settings * seeds} trainings: ${settings} settings${seeds > 1 ? `, ${seeds} seeds each` : ""}, ${how} ${names.join(", ")}`;
  terminal.note(done > 0 ? `${text}; ${done} are in the log already` : text);
  if (terminal.json) await print(terminal, { type: "begin", trials: settings * seeds, settings, seeds, done, names });
}

async function finish(
  search: Search,
  standings: readonly Standing[],
  path: string,
  given: Given,
  options: TuneOptions,
  terminal: Terminal,
): Promise<void> {
  const [best] = standings;
  if (!best || best[options.by] === null) throw nothingFound(standings);
  const results = await keep(search, best, options);
  const command = trainCommandOf(path, given, best.settings);
  const { settings, loss, accuracy, deviation } = best;
  const end = { type: "end", best: { settings, loss, accuracy, deviation }, results, output: options.output ?? null, command }; // prettier-ignore
  const width = terminal.isInteractive ? terminal.columns : Infinity;
  await terminal.result(end, () =>
    [
      tableOf(standings, options.by, SHOWN, terminal.columns),
      "",
      ...Object.entries(results).map(([name, result]) =>
        wrapped(resultText(name, result, search.base.target, terminal.style), width).join("\n  "),
      ),
      ...(options.output === undefined ? [] : [`${options.output}: the best model`]),
      `${terminal.style.dim("the best:")} ${command}`,
    ].join("\n"),
  );
}

/** Trains the best settings once more, to the same bits, for the file of the model and the only look at the test set. */
async function keep(
  search: Search,
  { settings }: Standing,
  { output, seed }: TuneOptions,
): Promise<Readonly<Record<string, Result>>> {
  if (output === undefined && search.base.split.test === 0) return {};
  const trained = await trainRecipe(WHERE, await recipeWith(search, { settings, seed }), search.rows);
  if (output !== undefined) await io.save(trained.model, output, { schema: trained.fitted });
  return resultsOf(trained);
}

function nothingFound(standings: readonly Standing[]): CommandError {
  const [failed = "none"] = standings.flatMap(({ trials }) => trials.flatMap((trial) => trial.failed ?? []));
  return new CommandError(
    `${WHERE}: a training must give finite numbers; got ${failed}`,
    "try lower learning rates: --try lr=1e-5..1e-2:log",
  );
}
