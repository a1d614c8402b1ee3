import { requireRecord, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, asDataset } from "../data/dataset.ts";
import { nextTurn } from "../runtime/turn.ts";
import type { History } from "../train/fit/history.ts";
import type { FitOptions } from "../train/fit/options.ts";
import { Trainer } from "../train/trainer.ts";
import type { Seeding } from "./seeding.ts";

/** One training of an experiment, as its factory makes it. */
export interface Trial<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly trainer: Trainer;
  /** Options of `fit` for this training only, over those of the experiment: what has state, as callbacks and schedules. */
  readonly fit?: FitOptions;
  /** Changes all samples of this training: a standardizer of its training samples. Default: they stay as they are. */
  readonly transform?: (samples: Dataset<X, Y>) => Dataset<Tensors, Y>;
}

/** A trial with its defaults. */
export interface FilledTrial<X extends Tensors, Y extends Tensors> {
  readonly trainer: Trainer;
  readonly fit: FitOptions;
  readonly transform: (samples: Dataset<X, Y>) => Dataset<Tensors, Y>;
}

/** The trainers that factories made. */
const used = new WeakSet<Trainer>();

/**
 * The trial that a factory makes, with random numbers of its own.
 * @throws TypeError when it makes neither a trainer nor a trial, or a trainer that it made before
 */
export function makeTrial<X extends Tensors, Y extends Tensors>(
  where: string,
  seeding: Seeding,
  factory: () => Trainer | Trial<X, Y>,
): FilledTrial<X, Y> {
  const made = seeding.run(factory);
  if (made instanceof Trainer) return { trainer: requireNew(where, made), fit: {}, transform: asItIs };
  if (typeof made !== "object" || made === null || !(Reflect.get(made, "trainer") instanceof Trainer)) {
    const hint = made instanceof Promise ? " (await what it needs before)" : "";
    throw new TypeError(`${where}: the factory must return a trainer, or { trainer, fit }; got ${shown(made)}${hint}`);
  }
  const { trainer, fit, transform } = withDefaults(where, made, { trainer: undefined, fit: {}, transform: asItIs });
  requireFitOptions(where, fit);
  if (typeof transform !== "function") {
    throw new TypeError(`${where}: transform must be a function of samples; got ${shown(transform)}`);
  }
  return { trainer: requireNew(where, trainer), fit, transform: (samples) => asDataset(where, transform(samples)) };
}

/** A trainer that trained before would have seen what it is measured on. */
function requireNew(where: string, trainer: Trainer): Trainer {
  if (used.has(trainer)) {
    throw new TypeError(`${where}: the factory must make a new trainer for each training; got the same again`);
  }
  used.add(trainer);
  return trainer;
}

/** Trains on samples that the trial already transformed, with the random numbers of the trial. */
export async function fitTrial(
  { trainer, fit }: Pick<FilledTrial<never, never>, "trainer" | "fit">,
  seeding: Seeding,
  training: Dataset<Tensors, Tensors>,
  shared: FitOptions,
): Promise<History> {
  // `fit` takes its stream before it first pauses.
  const history = await seeding.run(() => trainer.fit(training, { progress: false, ...shared, ...fit }));
  await nextTurn();
  return history;
}

export function requireFactory(where: string, factory: unknown): void {
  if (typeof factory === "function") return;
  throw new TypeError(`${where}: the factory must be a function that makes a trainer; got ${shown(factory)}`);
}

/** Requires an object; `fit` checks what is in it. */
function requireFitOptions(where: string, fit: unknown): void {
  requireRecord(where, "fit", fit, "options of fit");
}

/**
 * Requires options of `fit` that several trainings can share.
 * @throws TypeError when one is a callback with a state: what it counted in one training would count in the next
 */
export function requireSharedOptions(where: string, fit: unknown): void {
  requireFitOptions(where, fit);
  const callbacks: unknown = Reflect.get(Object(fit), "callbacks");
  if (!Array.isArray(callbacks)) return;
  const stateful: unknown = callbacks.find((each: unknown) => Reflect.get(Object(each), "stateDict") !== undefined);
  if (stateful === undefined) return;
  const name: unknown = Reflect.get(Object(stateful), "name");
  throw new TypeError(
    `${where}: callbacks with a state must come from the factory, new for each training; got ${shown(name)} in fit`,
  );
}

function asItIs<X extends Tensors, Y extends Tensors>(samples: Dataset<X, Y>): Dataset<Tensors, Y> {
  return samples;
}
