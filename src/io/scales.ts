/** Scales of weights in I8, in files: tensors beside the weights, with a number for each output channel. */
import { type Shape, type Tensor, printShape } from "../base/tensor.ts";

/** The name of the scale of a weight. */
export function scaleName(weight: string): string {
  return `${weight}.scale`;
}

/** What is wrong with the shape of a scale: it must be that of the weight, with all axes but one of size 1. */
export function misfitScale(name: string, scale: Shape, weight: Shape): readonly string[] {
  const wide = scale.filter((extent) => extent !== 1).length;
  const fits =
    scale.length === weight.length && wide <= 1 && scale.every((each, i) => each === 1 || each === weight[i]);
  return fits ? [] : [`"${name}" as ${printShape(scale)} instead of ${printShape(weight)} with all axes but one of 1`];
}

/** The index along `axis` of the element at each index. */
export function channelsOf(shape: Shape, axis: number): (index: number) => number {
  const channels = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((size, extent) => size * extent, 1);
  return (index) => Math.floor(index / inner) % channels;
}

/** Writes a weight to `out`, from integers, the first of which is at index `start`: each times its scale. */
export function writeScaled(
  integers: ArrayLike<number>,
  start: number,
  { shape: scaleShape, data: scales }: Tensor,
  shape: Shape,
  out: { [index: number]: number },
): void {
  const axis = scaleShape.findIndex((extent) => extent !== 1);
  const channelOf = axis < 0 ? () => 0 : channelsOf(shape, axis);
  for (let i = 0; i < integers.length; i++) {
    out[start + i] = (integers[i] ?? 0) * (scales[channelOf(start + i)] ?? 0);
  }
}
