import { ShapeError, requireWhole, shown } from "../base/errors.ts";
import { printShape, sameShape } from "../base/tensor.ts";
import { Operand } from "../graph/operand.ts";
import { withWeights } from "../graph/scope.ts";
import type { Weights } from "../graph/weights.ts";
import { RngState } from "../memory/rng-state.ts";
import { storagesOf } from "../runtime/cached-constant.ts";
import type { Variable } from "../memory/variable.ts";
import { type KeptState, withKeptState } from "../nn/recurrent/kept-state.ts";
import { ForwardProgram } from "../nn/module/forward-program.ts";
import type { InputKind } from "../nn/module/input-kinds.ts";
import type { Module } from "../nn/module/module.ts";
import { type Outputs, isNamed, namesOf } from "../nn/module/outputs.ts";
import { inputsLike, outputsOf } from "../nn/module/run.ts";

/** How a model is traced: operations around it, how operations hold weights, and where recurrent layers keep their states. */
export interface Tracing {
  readonly kept: KeptState | undefined;
  readonly weights: Weights;
  readonly before: ((...inputs: readonly Operand[]) => Operand | readonly Operand[]) | undefined;
  /** Of what the model gives: an operand, or operands by name. */
  readonly after: ((outputs: never) => Outputs) | undefined;
}

/** A program for one batch size, with the names of its outputs, undefined for the only one. */
export interface Traced {
  readonly batch: number;
  readonly program: ForwardProgram;
  readonly outputNames: readonly string[] | undefined;
}

/**
 * Traces a model in evaluation mode for inputs of these kinds, and for further batch sizes.
 * @throws ShapeError when a further batch size changes more than the first extent of inputs and outputs
 * @throws TypeError when the model draws random numbers or changes variables
 */
export function tracesOf(
  where: string,
  model: Module,
  kinds: readonly InputKind[],
  batchSizes: readonly number[],
  tracing: Tracing,
): readonly [Traced, ...Traced[]] {
  for (const size of batchSizes) requireWhole(where, "batchSizes", size, 1);
  requireFunctions(where, tracing);
  const first = traced(where, model, kinds, kinds[0]?.shape[0] ?? 1, tracing);
  const others = [...new Set(batchSizes)].filter((size) => size !== first.batch);
  if (others.length > 0) requireRows(where, "inputs", kinds, first.batch);
  return [
    first,
    ...others.map((batch) => {
      const same = kinds.map(({ shape, dtype }) => ({ shape: [batch, ...shape.slice(1)], dtype }));
      const other = traced(where, model, same, batch, tracing);
      requireRows(where, "outputs", first.program.outputs, first.batch);
      requireSameRows(where, first, other);
      return other;
    }),
  ];
}

function requireFunctions(where: string, { before, after }: Tracing): void {
  for (const [name, given] of Object.entries({ before, after })) {
    if (given === undefined || typeof given === "function") continue;
    throw new TypeError(`${where}: ${name} must be a function; got ${shown(given)}`);
  }
}

function traced(
  where: string,
  model: Module,
  kinds: readonly InputKind[],
  batch: number,
  { kept, weights, before, after }: Tracing,
): Traced {
  const inputs = inputsLike(kinds);
  return model.inMode(false, () =>
    model.trace(() => {
      const prepared = before ? operandsFrom(where, before(...inputs)) : inputs;
      const given = keeping(kept, () => withWeights(weights, () => outputsOf(model, prepared)));
      const outputs = after ? outputsFrom(where, after(given as never)) : given;
      const program = new ForwardProgram(inputs, outputs);
      requireRepeatable(where, program, kept?.variables ?? []);
      return { batch, program, outputNames: namesOf(outputs) };
    }),
  );
}

function keeping<T>(kept: KeptState | undefined, work: () => T): T {
  return kept ? withKeptState(kept, work) : work();
}

function operandsFrom(where: string, given: Operand | readonly Operand[]): readonly Operand[] {
  const all = Array.isArray(given) ? (given as readonly Operand[]) : [given as Operand];
  if (all.length > 0 && all.every((each) => each instanceof Operand)) return all;
  throw new TypeError(`${where}: before must return an operand, or an array of them; got ${shown(given)}`);
}

function outputsFrom(where: string, given: Outputs): Outputs {
  if (given instanceof Operand || isNamed(given)) return given;
  throw new TypeError(`${where}: after must return an operand, or operands by name; got ${shown(given)}`);
}

/** Refuses programs whose runs differ for equal inputs and kept states. */
function requireRepeatable(where: string, { order, effects }: ForwardProgram, kept: readonly Variable[]): void {
  const random = order.find(({ inputs }) => inputs.some((input) => input instanceof RngState));
  if (random) throw new TypeError(`${where}: no operation may draw random numbers; got ${random}`);
  const ofStates = new Set(kept.map(({ storage }) => storage));
  const effect = [...effects].find((each) => [...storagesOf([each])].some((storage) => !ofStates.has(storage)));
  if (effect) throw new TypeError(`${where}: no operation may change variables; got ${effect}`);
  const conditional = order.find(({ condition }) => condition);
  if (conditional)
    throw new TypeError(`${where}: every operation must always run; got ${conditional}, which has a condition`);
}

function requireRows(where: string, what: string, all: readonly Pick<Operand, "shape">[], rows: number): void {
  const other = all.find(({ shape }) => shape[0] !== rows);
  if (!other) return;
  throw new ShapeError(
    `${where}: the first extent of all ${what} must be the batch size ${rows} if there are further ones; got ${printShape(other.shape)}`,
  );
}

function requireSameRows(where: string, first: Traced, other: Traced): void {
  first.program.outputs.forEach(({ shape }, i) => {
    const found = other.program.outputs[i]?.shape ?? [];
    if (sameShape([other.batch, ...shape.slice(1)], found)) return;
    throw new ShapeError(
      `${where}: outputs must differ only in their first extent between batch sizes; got ${printShape(shape)} for ${first.batch} and ${printShape(found)} for ${other.batch}`,
    );
  });
}
