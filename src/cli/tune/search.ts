import { type Callback, NonFiniteError } from "lanegrad";
import { type LearningOptions, learningFrom } from "../recipe/from-options.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { RecipeRows } from "../recipe/split-rows.ts";
import { type Hooks, type Trained, trainRecipe } from "../recipe/train-recipe.ts";
import type { Trial } from "./log.ts";
import type { Settings } from "./space.ts";
import { keyOf } from "./standings.ts";
import { optionsWith } from "./variables.ts";

/** What all trials of a search have in common. */
export interface Search {
  /** Data, parts and kernels of every trial. */
  readonly base: Recipe;
  readonly rows: RecipeRows;
  readonly options: LearningOptions;
  /** Rows to learn from, of which the count of epochs may depend. */
  readonly trained: number;
}

/** One training that is to be done. */
export interface Job {
  readonly settings: Settings;
  readonly seed: number;
}

/** A trial with its model, unless the training failed. */
export interface Outcome {
  readonly trial: Trial;
  readonly trained: Trained | undefined;
}

/** The trainings of all settings, with seeds from that of the options on, that are not done yet. */
export function jobsOf(
  all: readonly Settings[],
  firstSeed: number,
  seeds: number,
  done: readonly Trial[],
): readonly Job[] {
  const known = new Set(done.map(({ settings, seed }) => `${keyOf(settings)} ${seed}`));
  return all
    .flatMap((settings) => Array.from({ length: seeds }, (_, i) => ({ settings, seed: firstSeed + i })))
    .filter(({ settings, seed }) => !known.has(`${keyOf(settings)} ${seed}`));
}

/** The recipe of settings. @throws CommandError when they do not fit together */
export async function recipeWith(search: Search, { settings, seed }: Job): Promise<Recipe> {
  const options = { ...optionsWith(search.options, settings), seed };
  return { ...search.base, ...(await learningFrom("tune", options, search.trained)) };
}

/** Trains settings, and evaluates them on the validation set. A loss that is not finite is a result; other errors are thrown. */
export async function run(search: Search, job: Job, hooks: Hooks): Promise<Outcome> {
  const recipe = await recipeWith(search, job);
  const began = performance.now();
  let epochs = 0;
  const counter: Callback = { onEpoch: () => void epochs++ };
  const counted: Hooks = { ...hooks, callbacks: (prepared) => [counter, ...(hooks.callbacks?.(prepared) ?? [])] };
  const trialOf = (loss: number | null, accuracy: number | null, failed: string | null): Trial => {
    return { ...job, loss, accuracy, epochs, seconds: (performance.now() - began) / 1000, failed };
  };
  try {
    const trained = await trainRecipe("tune", recipe, search.rows, counted);
    const { validation } = trained.sets;
    if (!validation) throw new Error("tune: a search must have a validation set; got none");
    const { loss, accuracy } = trained.trainer.evaluate(validation);
    if (!Number.isFinite(loss)) return { trial: trialOf(null, null, `loss ${loss}`), trained: undefined };
    return { trial: trialOf(loss, accuracy ?? null, null), trained };
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return { trial: trialOf(null, null, error.message), trained: undefined };
  }
}
