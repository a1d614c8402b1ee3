import {
  type Callback,
  type FitOptions,
  type History,
  Trainer,
  backend,
  configure,
  earlyStopping,
  manualSeed,
  nn,
  optim,
} from "lanegrad";
import { type FittedSchema, type SchemaDataset, schemaFromDescription } from "lanegrad/data";
import { readRows } from "../data/read-rows.ts";
import { UsageError } from "../errors.ts";
import { OPTIMIZERS, chosen } from "./choices.ts";
import { inFile } from "./in-file.ts";
import { defaultNotation, modelOfNotation } from "./model-of-notation.ts";
import { modelOfFile } from "./module-file.ts";
import type { Recipe } from "./recipe.ts";
import { type Part, type Parts, type RecipeRows, splitRows } from "./split-rows.ts";
import { type TargetKind, lossOf, outputsOf, targetKindOf } from "./target.ts";

/** A training that has not begun. */
export interface Prepared {
  /** With the notation of its model. */
  readonly recipe: Recipe;
  readonly parts: Parts;
  /** Learned from the training rows. */
  readonly fitted: FittedSchema;
  readonly target: { readonly name: string; readonly kind: TargetKind; readonly classes: readonly string[] };
  /** Undefined for a part without rows. */
  readonly sets: {
    readonly training: SchemaDataset;
    readonly validation: SchemaDataset | undefined;
    readonly test: SchemaDataset | undefined;
  };
  readonly model: nn.Module;
  readonly trainer: Trainer;
}

/** What a command adds to a training; results do not depend on it. */
export interface Hooks {
  /** As `recordRun` makes one, from the trainer. Default: none. */
  readonly callbacks?: (prepared: Prepared) => readonly Callback[];
  /** Whether `fit` shows its live line. Default: false. */
  readonly progress?: boolean;
  readonly signal?: AbortSignal;
  /** The directory of checkpoints. Default: none are written. */
  readonly checkpoints?: string | undefined;
  /** Whether to continue from the newest checkpoint. Default: false. */
  readonly resume?: boolean;
}

export interface Trained extends Prepared {
  readonly history: History;
}

/** The rows of a recipe's files. @param where the command, which begins errors */
export async function readRecipeRows(where: string, { data, split }: Recipe): Promise<RecipeRows> {
  const rows = await readRows(where, data.path, data);
  const { validation } = split;
  return {
    rows,
    validation: typeof validation === "number" ? null : await readRows(where, validation.path, validation),
  };
}

/** Trains what a recipe says: the same recipe and rows give the same bits, with any number of threads. */
export async function trainRecipe(
  where: string,
  recipe: Recipe,
  rows: RecipeRows,
  hooks: Hooks = {},
): Promise<Trained> {
  return trainPrepared(await prepareRecipe(where, recipe, rows), hooks);
}

/**
 * Everything before the first step: the seed, the parts, the schema, the model and its trainer. The random numbers that follow are
 * those of the training, so a training must follow at once.
 *
 * @throws CommandError when rows, schema, model or options do not fit together
 */
export async function prepareRecipe(where: string, recipe: Recipe, rows: RecipeRows): Promise<Prepared> {
  useKernels(recipe.kernels);
  const schema = schemaFromDescription(recipe.schema);
  const kind = targetKindOf(where, schema);
  manualSeed(recipe.splitSeed);
  const parts = splitRows(where, recipe, rows, kind !== "number");
  manualSeed(recipe.seed);
  const { training, validation, test } = parts;
  const ofValidation = typeof recipe.split.validation === "number" ? recipe.data : recipe.split.validation;
  const fitted = inFile(where, recipe.data, training, () => schema.fit(training.rows));
  const setOf = (part: Part, data: Recipe["data"]): SchemaDataset | undefined =>
    part.rows.length === 0 ? undefined : inFile(where, data, part, () => fitted.dataset(part.rows));
  const set = inFile(where, recipe.data, training, () => fitted.dataset(training.rows));
  const sets = { training: set, validation: setOf(validation, ofValidation), test: setOf(test, recipe.data) };
  const [description, model] = await modelOf(where, recipe, kind, fitted);
  const trainer = new Trainer(model, {
    loss: lossOf(where, kind, set, recipe.balance),
    optimizer: optimizerOf(where, recipe),
  });
  return {
    recipe: { ...recipe, model: description },
    parts,
    fitted,
    target: { name: recipe.target, kind, classes: fitted.classes },
    sets,
    model,
    trainer,
  };
}

/** Trains what was prepared. The model has the weights of the best epoch on the validation set, if the recipe has patience. */
export async function trainPrepared(prepared: Prepared, hooks: Hooks = {}): Promise<Trained> {
  const { recipe, sets, trainer } = prepared;
  const { epochs, batchSize, patience } = recipe;
  const stopping = patience > 0 && sets.validation ? [earlyStopping({ patience })] : [];
  const options: FitOptions = {
    epochs,
    batchSize,
    progress: hooks.progress ?? false,
    callbacks: [...stopping, ...(hooks.callbacks?.(prepared) ?? [])],
    resume: hooks.resume ?? false,
    ...(sets.validation && { validation: sets.validation }),
    ...scheduleOf(recipe, trainer.options.optimizer, sets.training.length),
    ...(hooks.signal && { signal: hooks.signal }),
    ...(hooks.checkpoints !== undefined && { checkpoint: { directory: hooks.checkpoints } }),
  };
  return { ...prepared, history: await trainer.fit(sets.training, options) };
}

function useKernels(kernels: Recipe["kernels"]): void {
  const reproducible = kernels === "strict";
  if (backend().reproducible !== reproducible) configure({ reproducible });
}

async function modelOf(
  where: string,
  { model, target }: Recipe,
  kind: TargetKind,
  fitted: FittedSchema,
): Promise<readonly [Recipe["model"], nn.Module]> {
  const { inputs, features, classes } = fitted;
  const ends = { inputs, ...outputsOf(kind, target, fitted) };
  if ("notation" in model) {
    const notation = model.notation || defaultNotation(ends);
    const described = { ...model, notation: notation.replace(/(^|-)OUT$/i, `$1${ends.outputs}`) };
    return [described, modelOfNotation(where, described, ends)];
  }
  const context = { nn, inputs, features, classes, outputs: ends.outputs, schema: fitted };
  return [model, await modelOfFile(where, model.path, context)];
}

function optimizerOf(where: string, { optimizer: { name, lr, weightDecay } }: Recipe): optim.Optimizer {
  const choice = chosen(OPTIMIZERS, name);
  if (choice) return choice.make({ lr, weightDecay });
  const known = Object.keys(OPTIMIZERS).join(", ");
  throw new UsageError(`${where}: --optimizer must be one of ${known}; got ${name}`);
}

/** The schedule of a recipe, as options of `fit`. */
function scheduleOf(
  { schedule, epochs, batchSize, patience, optimizer: { lr } }: Recipe,
  optimizer: optim.Optimizer,
  samples: number,
): Pick<FitOptions, "schedule" | "scheduleBy"> {
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  if (schedule === "cosine") {
    return { schedule: optim.cosineAnnealingLr(optimizer, epochs * stepsPerEpoch), scheduleBy: "step" };
  }
  if (schedule === "one-cycle") {
    const cycleMomentum = optimizer.momentum !== undefined;
    return {
      schedule: optim.oneCycleLr(optimizer, lr, { epochs, stepsPerEpoch, cycleMomentum }),
      scheduleBy: "step",
    };
  }
  if (schedule === "plateau") {
    // Before early stopping, so that a lower rate has some epochs to help.
    const waits = patience > 0 ? Math.floor(patience / 3) : 3;
    return { schedule: optim.reduceLrOnPlateau(optimizer, { patience: waits, factor: 0.3 }) };
  }
  return {};
}
