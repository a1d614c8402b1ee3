import { ShapeError, shown } from "../../base/errors.ts";
import { rowSize } from "../../base/rows.ts";
import { Tensor, printShape } from "../../base/tensor.ts";
import type { Decision, Loss } from "../../nn/index.ts";
import type { RunSchema } from "./options.ts";

/** Predictions, targets and weights of all samples that count. */
interface Rows {
  readonly predictions: Tensor;
  readonly targets: Tensor;
  readonly weights: Tensor | undefined;
}

/** What tells one class from another. */
export interface ClassOutcome extends Rows {
  readonly kind: "classes";
  readonly decision: Decision;
  /** Whether predictions are logits: else they are probabilities. */
  readonly areLogits: boolean;
  readonly names: readonly string[];
  readonly note?: undefined;
}

/** What predicts numbers. */
export interface ValueOutcome extends Rows {
  readonly kind: "values";
  /** Numbers in the units of the table. */
  readonly inUnits: (x: Tensor) => Float64Array;
  readonly note?: undefined;
}

/** What does neither. */
interface OtherOutcome {
  readonly kind: "other";
  /** What is left out, and why. */
  readonly note: string;
}

export type Outcome = ClassOutcome | ValueOutcome | OtherOutcome;

/** What a model predicts, by its loss and the shapes of predictions and targets. */
export function outcomeOf(
  where: string,
  { traits }: Loss,
  rows: Rows,
  { classes, schema }: { readonly classes: readonly string[] | undefined; readonly schema: RunSchema | undefined },
): Outcome {
  const { predictions, targets } = rows;
  const { decision } = traits;
  const shapes = `${printShape(predictions.shape)} for targets ${printShape(targets.shape)}`;
  const other = (why: string): OtherOutcome => ({
    kind: "other",
    note: `Only scores, mistakes and layers are shown: ${why}.`,
  });
  const count = predictions.shape[0] ?? 0;
  if (targets.shape[0] !== count) return other(`predictions are ${shapes}, not one row for each sample`);
  if (rows.weights?.data.every((weight) => weight === 0)) return other("no sample counts in the loss");
  if (!predictions.data.every(Number.isFinite)) return other("some predictions are not finite");
  const [width, targetWidth] = [rowSize(predictions), rowSize(targets)];
  if (decision === undefined) {
    if (targets.dtype !== "float32") return other("the loss has no rule that makes classes of predictions");
    if (width !== targetWidth || width === 0) return other(`predictions are ${shapes}, not a number for each`);
    if (!targets.data.every(Number.isFinite)) return other("some targets are not finite");
    const inUnits = unitsOf(schema, width);
    return { kind: "values", ...rows, inUnits };
  }
  const isHighest = decision === "highest";
  if (isHighest ? predictions.shape.length !== 2 || targetWidth !== 1 : width !== 1 || targetWidth !== 1) {
    return other(`predictions are ${shapes}, several decisions for each sample`);
  }
  const counted = countedRows(rows, traits.weigh);
  if (counted === undefined) return other("no sample counts in the loss");
  const names = namesOf(where, isHighest ? width : 2, classes, schema);
  return { kind: "classes", decision, areLogits: isHighest || decision.above <= 0, names, ...counted };
}

/** Rows whose label the loss does not ignore; undefined if there are none, or all weigh 0. */
function countedRows(
  { predictions, targets, weights }: Rows,
  weigh: ((label: number) => number) | undefined,
): Rows | undefined {
  const [count = 0] = predictions.shape;
  const width = rowSize(predictions);
  const kept = Array.from({ length: count }, (_, row) => row).filter((row) => weigh?.(targets.data[row] ?? NaN) !== 0);
  const ownWeights = weights && Float32Array.from(kept, (row) => weights.data[row] ?? 0);
  if (kept.length === 0 || ownWeights?.every((weight) => weight === 0)) return undefined;
  const numbers = new Float32Array(kept.length * width);
  kept.forEach((row, i) => numbers.set(predictions.data.subarray(row * width, (row + 1) * width), i * width));
  return {
    predictions: new Tensor([kept.length, width], "float32", numbers),
    targets: new Tensor(
      [kept.length],
      "int32",
      Int32Array.from(kept, (row) => labelAt(targets, row)),
    ),
    weights: ownWeights && new Tensor([kept.length], "float32", ownWeights),
  };
}

/** The label of a row; a float target of one decision is that of class 1 above 0.5. */
export function labelAt({ dtype, data }: Tensor, row: number): number {
  const target = data[row] ?? NaN;
  return dtype === "int32" ? target : Number(target > 0.5);
}

function namesOf(
  where: string,
  count: number,
  classes: readonly string[] | undefined,
  schema: RunSchema | undefined,
): readonly string[] {
  const names = classes ?? (schema && schema.classes.length > 0 ? schema.classes : undefined);
  if (names === undefined) return Array.from({ length: count }, (_, i) => String(i));
  if (names.length === count) return [...names];
  throw new ShapeError(`${where}: classes must be one for each of ${count}; got ${names.length}: ${shown(names)}`);
}

/** Numbers in the units of a schema with one target that is a number; others as they are. */
function unitsOf(schema: RunSchema | undefined, width: number): (x: Tensor) => Float64Array {
  if (!schema || width !== 1 || schema.classes.length > 0) return ({ data }) => Float64Array.from(data);
  return (x) => schema.values(x);
}
