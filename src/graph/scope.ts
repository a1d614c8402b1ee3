/** The current trace: results of modules, effects on variables and terms of the loss. */
import { shown } from "../base/shown.ts";
import { type Operand, place } from "./operand.ts";
import { FLOAT32, type WeightFormat, type Weights } from "./weights.ts";

/** An operation that a layer adds for its effect on variables. */
interface Effect {
  readonly layer: string;
  readonly condition: Operand | undefined;
  readonly describe: () => Operand;
}

interface Trace {
  /** The path of every module of the model, `"3" (linear 512 -> 10)`. */
  readonly paths: ReadonlyMap<object, string>;
  /** How often an object was used in this trace. */
  readonly uses: Map<object, number>;
  /** The result of each module. */
  readonly results: Map<object, unknown>;
  readonly effects: Effect[];
  /** Terms that layers add to the loss. */
  readonly losses: Operand[];
}

let trace: Trace | undefined;
const located = new WeakSet<Error>();

/**
 * Makes operations that a run skips where `condition`, one integer, is 0; undefined means that no run does.
 * Their results may be read only by operations that take the condition into account too.
 */
export function predicated<T>(condition: Operand | undefined, describe: () => T): T {
  if (!trace) return describe();
  const outer = place.condition;
  place.condition = condition;
  try {
    return describe();
  } finally {
    place.condition = outer;
  }
}

/** 0 at the first use of `thing` in one trace, then 1, 2, ...: a layer that is used twice draws two masks. */
export function countUse(thing: object): number {
  const uses = trace?.uses.get(thing) ?? 0;
  trace?.uses.set(thing, uses + 1);
  return uses;
}

/**
 * Adds an operation that each run executes for its effect on variables, as batch normalization updates running means.
 * It is made after all other operations, and runs last.
 */
export function addEffect(describe: () => Operand): void {
  trace?.effects.push({ ...place, describe });
}

/** Makes the operations that `addEffect` added in this trace; called once, when the rest of the trace is complete. */
export function effectsOfTrace(): Operand[] {
  return (trace?.effects ?? []).map(({ layer, condition, describe }) =>
    within(layer, () => predicated(condition, describe)),
  );
}

/**
 * Adds a term, one number, to the loss of a training step: a regularizer of a layer. Programs that do not train ignore it.
 * @throws TypeError when the term is not one number
 */
export function addLoss(term: Operand): void {
  const { size } = Object(term) as Partial<Operand>;
  if (size !== 1) {
    throw new TypeError(`addLoss: the term must be one number; got ${size === undefined ? shown(term) : term}`);
  }
  trace?.losses.push(term);
}

/** The terms that `addLoss` added in this trace. */
export function lossesOfTrace(): readonly Operand[] {
  return trace?.losses ?? [];
}

/** Runs `work` as one trace of the modules named in `paths`; the result of each module goes to `results`. */
export function traced<T>(paths: ReadonlyMap<object, string>, work: () => T, results = new Map<object, unknown>()): T {
  const outer = { trace, ...place };
  trace = { paths, uses: new Map(), results, effects: [], losses: [] };
  place.layer = "";
  place.condition = undefined;
  place.weights = FLOAT32;
  try {
    return work();
  } finally {
    trace = outer.trace;
    place.layer = outer.layer;
    place.condition = outer.condition;
    place.weights = outer.weights;
  }
}

/** Runs `work` as a part of the trace whose operations hold weights like this; others hold them as float32. */
export function withWeights<T>(weights: Weights, work: () => T): T {
  const outer = place.weights;
  place.weights = weights;
  try {
    return work();
  } finally {
    place.weights = outer;
  }
}

/** The format in which the layer that is being traced holds its weights. */
export function weightFormat(): WeightFormat {
  return place.weights.kept.has(place.layer) ? "float32" : place.weights.format;
}

/** Whether weights stay as they are for many runs. */
export function weightsAreSteady(): boolean {
  return place.weights.steady;
}

/** Runs `work` as a part of `layer`: its operands record this layer, and its errors name it. */
export function within<T>(layer: string, work: () => T): T {
  if (!trace) return work();
  const outer = place.layer;
  place.layer = layer;
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && layer !== "" && !located.has(error)) {
      located.add(error);
      error.message += ` (in ${layer})`;
    }
    throw error;
  } finally {
    place.layer = outer;
  }
}

/** Runs `work` as a part of `module`, or of the enclosing layer if the module has no path. */
export function withinPart<T>(module: object, work: () => T): T {
  const result = within(trace?.paths.get(module) ?? place.layer, work);
  trace?.results.set(module, result);
  return result;
}
