import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { printShape } from "../../base/tensor.ts";

/**
 * Refuses a loss in which a target [n] meets what follows from the prediction as [n, 1] in one operation, which broadcasts
 * both to [n, n]: it would compare every sample with every other. A target that is reshaped to [1, n] is taken to mean that.
 * @throws ShapeError when it finds one
 */
export function requireNoOuterBroadcast(prediction: Operand, targets: readonly Operand[], error: Operand): void {
  const predicted = new Set([prediction]);
  const given = new Set(targets);
  for (const operand of executionOrder([error])) {
    const { inputs, shape } = operand;
    const [only] = inputs;
    if (inputs.some((input) => predicted.has(input))) predicted.add(operand);
    // A target in another shape, or each of its numbers by itself, cast or scaled.
    else if (only && inputs.length === 1 && given.has(only) && only.size === operand.size) given.add(operand);
    const [n = 0, columns] = shape;
    if (n < 2 || columns !== n || shape.length !== 2) continue;
    const target = inputs.find((input) => given.has(input) && isShape(input, n));
    if (!target || !inputs.some((input) => predicted.has(input) && isShape(input, n, 1))) continue;
    throw new ShapeError(
      `trainer: the target must have the shape of the prediction, [${n}, 1], or be reshaped; got ${printShape(target.shape)}, which broadcasts to ${printShape(shape)}`,
    );
  }
}

function isShape({ shape }: Operand, ...extents: readonly number[]): boolean {
  return shape.length === extents.length && extents.every((extent, axis) => shape[axis] === extent);
}
