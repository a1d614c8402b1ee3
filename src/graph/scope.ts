/** Which layer is being described: so that operands, errors and printed programs can say where they belong. */
import { shown } from "../base/shown.ts";
import type { Operand } from "./operand.ts";

interface Trace {
  /** The path of every part of the model, `"3" (linear 512 -> 10)`. */
  readonly paths: ReadonlyMap<object, string>;
  /** How often something was used in this trace. */
  readonly uses: Map<object, number>;
  /** What each part gave. */
  readonly results: Map<object, unknown>;
  /** What its layers want carried out beside the result, each with the layer that asked. */
  readonly effects: {
    readonly layer: string;
    readonly condition: Operand | undefined;
    readonly describe: () => Operand;
  }[];
  /** What its layers want added to the loss. */
  readonly losses: Operand[];
  layer: string;
  condition: Operand | undefined;
}

let trace: Trace | undefined;
const located = new WeakSet<Error>();

/** The layer that is being described, or "". */
export function currentLayer(): string {
  return trace?.layer ?? "";
}

/** What must hold for what is being described to be carried out; undefined where nothing must. */
export function currentCondition(): Operand | undefined {
  return trace?.condition;
}

/**
 * Describes what is carried out only where `condition`, one integer, is not 0 in that run; always where it is undefined.
 * Nothing else may read the results but operations that look at the condition too.
 */
export function predicated<T>(condition: Operand | undefined, work: () => T): T {
  if (!trace) return work();
  const outer = trace.condition;
  trace.condition = condition;
  try {
    return work();
  } finally {
    trace.condition = outer;
  }
}

/** 0 at the first use of `thing` in one trace, then 1, 2, ...: a layer that stands in two places draws two masks. */
export function countUse(thing: object): number {
  const uses = trace?.uses.get(thing) ?? 0;
  trace?.uses.set(thing, uses + 1);
  return uses;
}

/**
 * Asks for an operand to be carried out at each run for what it does to lasting ones, as batch normalization does to its
 * running means. It is described once all else is, and runs last.
 */
export function addEffect(describe: () => Operand): void {
  trace?.effects.push({ layer: trace.layer, condition: trace.condition, describe });
}

/** Describes what the layers of this trace asked for; for whoever makes a program of it, when all else is described. */
export function effectsOfTrace(): Operand[] {
  return (trace?.effects ?? []).map(({ layer, condition, describe }) =>
    within(layer, () => predicated(condition, describe)),
  );
}

/**
 * Asks for a term, one number, to be added to the loss of a training step, as a layer does that has a regularizer of its
 * own. Where nothing is trained, it is not worked out.
 */
export function addLoss(term: Operand): void {
  const { size } = Object(term) as Partial<Operand>;
  if (size !== 1) {
    throw new TypeError(`addLoss: the term must be one number; got ${size === undefined ? shown(term) : term}`);
  }
  trace?.losses.push(term);
}

/** What the layers of this trace asked for to be added to the loss. */
export function lossesOfTrace(): readonly Operand[] {
  return trace?.losses ?? [];
}

/** Runs `work` as one trace over the parts named in `paths`; what each part gives is put into `results`. */
export function traced<T>(paths: ReadonlyMap<object, string>, work: () => T, results = new Map<object, unknown>()): T {
  const outer = trace;
  trace = { paths, uses: new Map(), results, effects: [], losses: [], layer: "", condition: undefined };
  try {
    return work();
  } finally {
    trace = outer;
  }
}

/** Runs `work` as a part of `layer`; what is made belongs to it, and an error says so. */
export function within<T>(layer: string, work: () => T): T {
  if (!trace) return work();
  const outer = trace.layer;
  trace.layer = layer;
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && layer !== "" && !located.has(error)) {
      located.add(error);
      error.message += ` (in ${layer})`;
    }
    throw error;
  } finally {
    trace.layer = outer;
  }
}

/** Runs `work` as a part of the trace's part `part`; one that has no path belongs to the layer around it. */
export function withinPart<T>(part: object, work: () => T): T {
  const result = within(trace?.paths.get(part) ?? currentLayer(), work);
  trace?.results.set(part, result);
  return result;
}
