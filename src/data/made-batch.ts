import { ShapeError, shown } from "../base/errors.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Batch, asTensors, asWeights, namedTensors } from "./dataset.ts";

/**
 * A batch that a data set made, with tensors of this copy of the library.
 * @param what made it: `rows()` or `batches()`
 * @param count how many samples it must have. Default: at least 1.
 * @throws TypeError when x or y is missing or no tensor
 * @throws ShapeError when it has not `count` samples, or tensors differ in the number of samples
 * @throws RangeError when weights are below 0 or not finite
 */
export function requireBatch<X extends Tensors, Y extends Tensors>(
  where: string,
  what: "rows()" | "batches()",
  batch: Batch<X, Y>,
  count?: number,
): Batch<X, Y> {
  const must = `${where}: ${what} of the data set must give`;
  const missing = ["x", "y"].filter((name) => Reflect.get(Object(batch), name) === undefined);
  if (missing.length > 0) {
    const found = missing.length < 2 ? `a batch without ${missing.join()}` : shown(batch);
    throw new TypeError(`${must} batches with x and y; got ${found}`);
  }
  const [x, y] = [asTensors(where, "x", batch.x), asTensors(where, "y", batch.y)];
  const named = [...namedTensors("x", x), ...namedTensors("y", y)];
  const [samples] = named[0]?.[1].shape ?? [];
  const found = (): string => named.map(([name, each]) => `${name} ${each}`).join(", ");
  if (samples === undefined || named.some(([, { shape }]) => shape[0] !== samples)) {
    throw new ShapeError(`${must} tensors with one row for each sample; got ${found()}`);
  }
  if (samples !== (count ?? Math.max(samples, 1))) {
    const wanted = count === undefined ? "at least one sample" : `${count} samples, one for each index`;
    throw new ShapeError(`${must} ${wanted}; got ${found()}`);
  }
  const weights =
    batch.weights === undefined ? undefined : asWeights(where, batch.weights, samples, { mayBeZero: true });
  if (x === batch.x && y === batch.y && weights === batch.weights) return batch;
  return { x, y, ...(weights && { weights }) };
}
