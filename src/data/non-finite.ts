import { rowSize } from "../base/rows.ts";
import { type Shape, type Tensor, printShape } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { namedTensors } from "./dataset.ts";

/** The first number of samples that is NaN or infinite: `x has NaN in sample 2, at index 1`; undefined if all are finite. */
export function nonFiniteSample({ x, y }: { readonly x: Tensors; readonly y: Tensors }): string | undefined {
  return nonFiniteIn([...namedTensors("x", x), ...namedTensors("y", y)]);
}

/** The same of tensors with their names. */
export function nonFiniteIn(named: readonly (readonly [string, Tensor])[]): string | undefined {
  for (const [name, tensor] of named) {
    const index = tensor.data.findIndex((value: number) => !Number.isFinite(value));
    if (index < 0) continue;
    const width = rowSize(tensor);
    const place = placeInSample(index % width, tensor.shape.slice(1));
    return `${name} has ${tensor.data[index]} in sample ${Math.floor(index / width)}, at ${place}`;
  }
  return undefined;
}

/** An index within a sample in words: `index 3`; with several axes the index in each, `[2, 1]`. */
export function placeInSample(index: number, shape: Shape): string {
  if (shape.length < 2) return `index ${index}`;
  const places: number[] = [];
  let rest = index;
  for (const extent of shape.toReversed()) {
    places.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return printShape(places);
}
