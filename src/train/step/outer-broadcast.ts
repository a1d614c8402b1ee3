import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { printShape } from "../../base/tensor.ts";

/**
 * Refuses a loss in which one operation broadcasts a target [n] and an operand [n, 1] that depends on the prediction to
 * [n, n]: it would compare every sample with every other. A target that was reshaped to [1, n] is allowed.
 * @throws ShapeError when there is such an operation
 */
export function requireNoOuterBroadcast(prediction: Operand, targets: readonly Operand[], error: Operand): void {
  const predicted = new Set([prediction]);
  const fromTargets = new Set(targets);
  for (const operand of executionOrder([error])) {
    const { inputs, shape } = operand;
    const [only] = inputs;
    if (inputs.some((input) => predicted.has(input))) predicted.add(operand);
    // A target that is reshaped, cast or scaled, element by element.
    else if (only && inputs.length === 1 && fromTargets.has(only) && only.size === operand.size)
      fromTargets.add(operand);
    const [n = 0, columns] = shape;
    if (n < 2 || columns !== n || shape.length !== 2) continue;
    const target = inputs.find((input) => fromTargets.has(input) && isShape(input, n));
    if (!target || !inputs.some((input) => predicted.has(input) && isShape(input, n, 1))) continue;
    throw new ShapeError(
      `trainer: the target must have the shape of the prediction, [${n}, 1], or be reshaped; got ${printShape(target.shape)}, which broadcasts to ${printShape(shape)}`,
    );
  }
}

function isShape({ shape }: Operand, ...extents: readonly number[]): boolean {
  return shape.length === extents.length && extents.every((extent, axis) => shape[axis] === extent);
}
