import type { Operand } from "../../../graph/operand.ts";
import { inputOf, isSet, numberOf, numbersOf } from "../attributes.ts";
import type { Graph, Node, Value } from "../graph.ts";
import type { Translations } from "./translation.ts";

/** The positions of windows along each spatial axis of x; a sequence has one axis, though operands of kernels have two. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  /** The extents of what the windows cover, and the number of windows. */
  readonly image: readonly number[];
  readonly count: readonly number[];
}

function windowsOf(out: Operand, image: Operand, result: Operand): Windows {
  const kernel = numbersOf(out, "kernelShape");
  const [strides, dilations] = [numbersOf(out, "strides"), numbersOf(out, "dilations")];
  const extents = (x: Operand): readonly number[] => x.shape.slice(-kernel.length);
  return {
    kernel,
    strides,
    dilations,
    before: numbersOf(out, "padding"),
    image: extents(image),
    count: extents(result),
  };
}

/** What a window covers along an axis. */
function spanAt({ kernel, dilations }: Windows, axis: number): number {
  return (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
}

/** Padding after the image, so that as many windows fit as there are: that before it, if it does not change their number. */
function paddingAfter(windows: Windows): number[] {
  return windows.count.map((count, axis) => {
    const [before = 0, stride = 1, image = 0] = [windows.before[axis], windows.strides[axis], windows.image[axis]];
    const needed = (count - 1) * stride + spanAt(windows, axis) - image - before;
    return needed <= before && before < needed + stride ? before : Math.max(0, needed);
  });
}

/** Attributes, without those that are the defaults. */
function attributesOf(windows: Windows, after: readonly number[]): Node["attributes"] {
  const pads = [...windows.before, ...after];
  return {
    kernel_shape: windows.kernel,
    ...(windows.strides.some((each) => each !== 1) && { strides: windows.strides }),
    ...(pads.some((each) => each !== 0) && { pads }),
    ...(windows.dilations.some((each) => each !== 1) && { dilations: windows.dilations }),
  };
}

/** The shape without the height of 1 that sequences have in kernels. */
function outerShape(x: Operand, axes: number): readonly number[] {
  return [...x.shape.slice(0, 2), ...x.shape.slice(-axes)];
}

function groupOf(out: Operand): Node["attributes"] {
  const group = numberOf(out, "groups");
  return group === 1 ? {} : { group };
}

/** The image, the weight and the bias of a convolution. */
function inputsOf(out: Operand, axes: number, graph: Graph): Value[] {
  const [x, weight] = [inputOf(out, 0), inputOf(out, 1)];
  const bias = isSet(out, "bias") ? [graph.input(out, 2)] : [];
  return [graph.shaped(x, outerShape(x, axes)), graph.shaped(weight, outerShape(weight, axes)), ...bias];
}

function convolve(out: Operand, graph: Graph): undefined {
  const windows = windowsOf(out, inputOf(out, 0), out);
  const axes = windows.kernel.length;
  const attributes = { ...attributesOf(windows, paddingAfter(windows)), ...groupOf(out) };
  graph.set(out, graph.node("Conv", inputsOf(out, axes, graph), attributes), outerShape(out, axes));
}

function convolveTransposed(out: Operand, graph: Graph): undefined {
  const windows = windowsOf(out, out, inputOf(out, 0));
  const axes = windows.kernel.length;
  const added = windows.count.map((count, axis) => {
    const [before = 0, stride = 1, image = 0] = [windows.before[axis], windows.strides[axis], windows.image[axis]];
    return image - ((count - 1) * stride + spanAt(windows, axis) - 2 * before);
  });
  const attributes = {
    ...attributesOf(windows, windows.before),
    ...(added.some((each) => each !== 0) && { output_padding: added }),
    ...groupOf(out),
  };
  graph.set(out, graph.node("ConvTranspose", inputsOf(out, axes, graph), attributes), outerShape(out, axes));
}

function maxPool(out: Operand, graph: Graph): undefined {
  const x = inputOf(out, 0);
  const windows = windowsOf(out, x, out);
  const shape = (each: Operand): readonly number[] => outerShape(each, windows.kernel.length);
  const attributes = attributesOf(windows, paddingAfter(windows));
  graph.set(out, graph.node("MaxPool", [graph.shaped(x, shape(x))], attributes), shape(out));
}

function averagePool(out: Operand, graph: Graph): undefined {
  const x = inputOf(out, 0);
  const windows = windowsOf(out, x, out);
  const shape = (each: Operand): readonly number[] => outerShape(each, windows.kernel.length);
  const image = graph.shaped(x, shape(x));
  const [input, attributes] = isSet(out, "countIncludePad")
    ? withCountedZeros(windows, image, graph)
    : [image, attributesOf(windows, paddingAfter(windows))];
  graph.set(out, graph.node("AveragePool", [input], attributes), shape(out));
}

/**
 * The image and the attributes of means that count zeros around the image. Positions of an incomplete last window after these do
 * not count, so the zeros become part of the image if there are such positions.
 */
function withCountedZeros(windows: Windows, image: Value, graph: Graph): [Value, Node["attributes"]] {
  const { before } = windows;
  const after = paddingAfter(windows);
  if (before.every((each) => each === 0)) return [image, attributesOf(windows, after)];
  const added = after.map((each, axis) => each - (before[axis] ?? 0));
  if (added.every((each) => each === 0)) return [image, { ...attributesOf(windows, after), count_include_pad: 1 }];
  const padded = graph.node("Pad", [image, graph.ints("pads", padsOf(before))]);
  const none = { ...windows, before: before.map(() => 0) };
  return [
    padded,
    attributesOf(
      none,
      added.map((each) => Math.max(0, each)),
    ),
  ];
}

/** The same padding on both sides of the axes after samples and channels, as `Pad` takes it. */
function padsOf(before: readonly number[]): number[] {
  return [0, 0, ...before, 0, 0, ...before];
}

/** Windows of equal size if they divide the input; else the product with the weights of each position in each window. */
function adaptivePool(out: Operand, graph: Graph): undefined {
  const x = inputOf(out, 0);
  const axes = numberOf(out, "axes");
  const [image, count] = [x.shape.slice(-axes), out.shape.slice(-axes)];
  const kernel = count.map((each, axis) => (image[axis] ?? 0) / each);
  const isEven = kernel.every(Number.isInteger);
  const source = graph.shaped(x, outerShape(x, axes));
  const means = isEven ? graph.node("AveragePool", [source], { kernel_shape: kernel, strides: kernel }) : undefined;
  graph.set(out, means ?? weightedMeans(source, image, count, graph), outerShape(out, axes));
}

/** The means of windows of different size along the last axes, one after the other. */
function weightedMeans(x: Value, image: readonly number[], count: readonly number[], graph: Graph): Value {
  const [columns = 1, width = 1] = [count.at(-1), image.at(-1)];
  const ofColumns = graph.constant("columns", "float32", [width, columns], shares(width, columns, true));
  const means = graph.node("MatMul", [x, ofColumns]);
  if (image.length === 1) return means;
  const [rows = 1, height = 1] = [count[0], image[0]];
  const ofRows = graph.constant("rows", "float32", [rows, height], shares(height, rows, false));
  return graph.node("MatMul", [ofRows, means]);
}

/** The share of each position in the mean of each window: [positions, windows], or transposed. */
function shares(positions: number, windows: number, positionsFirst: boolean): Float32Array {
  const matrix = new Float32Array(positions * windows);
  for (let window = 0; window < windows; window++) {
    const start = Math.floor((window * positions) / windows);
    const end = Math.ceil(((window + 1) * positions) / windows);
    for (let i = start; i < end; i++)
      matrix[positionsFirst ? i * windows + window : window * positions + i] = 1 / (end - start);
  }
  return matrix;
}

export const CONVOLUTION: Translations = {
  averagePool: (out, graph) => (isSet(out, "adaptive") ? adaptivePool(out, graph) : averagePool(out, graph)),
  convolve,
  convolveTransposed,
  maxPool,
};
