import { CONVOLUTION_FLOATS, KERNEL_GRADIENT_FLOATS, NARROW_PANEL, SPARE_ROWS, WIDE_PANEL } from "#kernels/contract";
import { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { Variable } from "../../memory/variable.ts";
import { MOST_THREADS } from "../../base/threads.ts";
import type { Shape } from "../../base/tensor.ts";
import { type Correlation, type Pass, imagePasses, resultPass } from "./correlation-geometry.ts";
import { heldInHalf } from "../half.ts";
import { int8Correlate } from "./int8.ts";
import { sumColumns, sumRows } from "../reduction/reduction.ts";
import { reshape, view } from "../shape/view.ts";
import { windowAttributes } from "./window.ts";
import { broadcastStrides, copyCalls } from "../shape/strided.ts";

/** Most outputs in a group for which the kernels vectorize over positions instead of outputs: measured on 64 channels of 56 x 56. */
const FEW = 2;

/** Parts of the batch with separate gradients, whose sum has the same bits for any number of threads. */
const MOST_CHUNKS = 16;
/** Floats of all these gradients. */
const CHUNK_FLOATS = 2 ** 22;

/** result[n, o, y, x] = bias[o] + Σ kernel[o, c, h, w] image[n, c, y stride + h dilation - padding, likewise]. */
export function correlate(image: Operand, kernel: Operand, bias: Operand | null, correlation: Correlation): Operand {
  const small = int8Correlate(image, kernel, bias, correlation);
  if (small) return small;
  const passes = [resultPass(correlation)];
  const packed = packedFor(passes, kernel, correlation.groups, correlation.outputs, correlation.channels, "outputs");
  return convolved(
    "convolve",
    resultShape(correlation),
    image,
    kernel,
    bias,
    passes,
    true,
    packed,
    correlation,
    (dOut) => [
      correlateTransposed(dOut, kernel, null, correlation),
      gradientByKernel(image, dOut, correlation, kernel.shape),
    ],
  );
}

/** bias[c] + the gradient of `correlate` by its image, given that by its result: transposed convolution. */
export function correlateTransposed(
  result: Operand,
  kernel: Operand,
  bias: Operand | null,
  correlation: Correlation,
): Operand {
  const { passes, coversImage } = imagePasses(correlation);
  const packed = packedFor(passes, kernel, correlation.groups, correlation.channels, correlation.outputs, "channels");
  const shape = imageShape(correlation);
  return convolved(
    "convolveTransposed",
    shape,
    result,
    kernel,
    bias,
    passes,
    coversImage,
    packed,
    correlation,
    (dOut) => [correlate(dOut, kernel, null, correlation), gradientByKernel(dOut, result, correlation, kernel.shape)],
  );
}

/** @param coversOut whether the passes write every element of the result */
function convolved(
  operation: string,
  shape: Shape,
  x: Operand,
  kernel: Operand,
  bias: Operand | null,
  passes: readonly Pass[],
  coversOut: boolean,
  packed: Operand,
  correlation: Correlation,
  gradient: (dOut: Operand) => readonly [Operand, Operand],
): Operand {
  const table = tablesOf(passes);
  const inputs = [x, kernel, ...(bias ? [bias] : []), packed, table];
  const slots = (pass: Pass): number => Math.min(MOST_THREADS, pass.strips * Math.ceil(shape[1] ?? 1));
  return new Operand(operation, shape, inputs, {
    calls: (out, { workspace, panelWidth }) => {
      const panels = partsOf(packed, passes, (pass) => packedFloats(pass, correlation.groups));
      const tables = partsOf(table, passes, (pass) => pass.table.length);
      const passCalls = passes.map((pass, i) => {
        const all = [x, panels[i] ?? 0, bias ?? 0, out, tables[i] ?? 0, workspace, slots(pass)] as const;
        return hasFewOutputs(pass) ? call("convolveFew", ...all) : call("convolve", ...all, panelWidth);
      });
      return coversOut ? passCalls : [...biasCalls(bias, out), ...passCalls];
    },
    workspace: passes.reduce((most, pass) => Math.max(most, slots(pass) * (CONVOLUTION_FLOATS + pass.stripFloats)), 0),
    gradient: (dOut) => [...gradient(dOut), ...(bias ? [sumOfPlanes(dOut)] : [])],
    flops: flopsOf(correlation),
    attributes: { ...windowAttributes(correlation.axes, correlation), groups: correlation.groups, bias: bias !== null },
  });
}

/** out[n, c, ...] = bias[c], or 0: for positions that no pass writes. */
function biasCalls(bias: Operand | null, out: Operand): Call[] {
  if (!bias) return [call("fill", out, 0, out.size)];
  return copyCalls(bias, out, out.shape, broadcastStrides([bias.size, 1, 1], out.shape));
}

/** The tables of all passes, concatenated. */
function tablesOf(passes: readonly Pass[]): Variable<"int32"> {
  const table = new Variable("table", [passes.reduce((size, pass) => size + pass.table.length, 0)], "int32");
  const integers = table.write();
  let start = 0;
  for (const pass of passes) {
    integers.set(pass.table, start);
    start += pass.table.length;
  }
  return table;
}

/** Views of x, which concatenates a part of sizeOf(pass) floats for each pass. */
function partsOf(x: Operand, passes: readonly Pass[], sizeOf: (pass: Pass) => number): Operand[] {
  let end = 0;
  return passes.map((pass) => {
    const start = end;
    end += sizeOf(pass);
    return view("part", x, [end - start], start, () => null);
  });
}

function packedFloats({ outputs, depth }: Pass, groups: number): number {
  return groups * WIDE_PANEL * Math.ceil(outputs / WIDE_PANEL) * depth;
}

/** The kernel packed into panels for each pass. A separate operand, so that packed weights are cached until the weights are written. */
function packedFor(
  passes: readonly Pass[],
  kernel: Operand,
  groups: number,
  outputs: number,
  channels: number,
  leading: "outputs" | "channels",
): Operand {
  const [, second = 1, height = 1, width = 1] = kernel.shape;
  const area = height * width;
  const [outputStride, channelStride] = leading === "outputs" ? [second * area, area] : [area, second * area];
  const groupStride = (leading === "outputs" ? outputs : channels) * second * area;
  const floats = (pass: Pass): number => packedFloats(pass, groups);
  const packed = new Operand("packKernel", [passes.reduce((sum, pass) => sum + floats(pass), 0)], [kernel], {
    calls: (out, { panelWidth }) => {
      const parts = partsOf(out, passes, floats);
      return passes.map((pass, i) => {
        const [rows, columns] = pass.taps;
        return call(
          "packKernel",
          ...([kernel, parts[i] ?? 0, groups, groupStride, channels, channelStride, outputs, outputStride] as const),
          ...([rows.first, rows.step, rows.count, columns.first, columns.step, columns.count, width] as const),
          hasFewOutputs(pass) ? NARROW_PANEL : panelWidth,
        );
      });
    },
    flops: 0,
    opaque: true,
  });
  return heldInHalf(packed);
}

/** dKernel[o, c, h, w] = Σ image[n, c, y stride + h dilation - padding, likewise] result[n, o, y, x], with the gradient by `result`. */
function gradientByKernel(image: Operand, result: Operand, correlation: Correlation, shape: Shape): Operand {
  const { samples, groups, outputs } = correlation;
  const pass = resultPass(correlation);
  const { depth, stripFloats } = pass;
  const table = tablesOf([pass]);
  const panels = Math.ceil(outputs / WIDE_PANEL) * groups;
  const floats = panels * WIDE_PANEL * (depth + SPARE_ROWS);
  const chunks = Math.max(1, Math.min(samples, MOST_CHUNKS, Math.floor(CHUNK_FLOATS / floats)));
  const slots = Math.min(MOST_THREADS, chunks * 2 * panels);
  return new Operand("kernelGradient", shape, [image, result, table], {
    calls: (out, { workspace, panelWidth }) => {
      const room = view(
        "workspace",
        workspace,
        [slots * (KERNEL_GRADIENT_FLOATS + stripFloats)],
        chunks * floats,
        () => null,
      );
      const panel = hasFewOutputs(pass) ? NARROW_PANEL : panelWidth;
      const all = [image, result, workspace, table, room, slots, chunks] as const;
      return [
        hasFewOutputs(pass) ? call("kernelGradientFew", ...all) : call("kernelGradient", ...all, panel),
        call("sumKernelGradient", workspace, out, chunks, groups, outputs, depth, panel),
      ];
    },
    workspace: chunks * floats + slots * (KERNEL_GRADIENT_FLOATS + stripFloats),
    gradient: (dOut) => [
      correlateTransposed(result, dOut, null, correlation),
      correlate(image, dOut, null, correlation),
    ],
    flops: flopsOf(correlation),
  });
}

/** Whether the kernels for few outputs are used. */
function hasFewOutputs({ outputs }: Pass): boolean {
  return outputs <= FEW;
}

/** x [N, C, ...] summed over all but C. */
function sumOfPlanes(x: Operand): Operand {
  const [samples = 0, channels = 0] = x.shape;
  const planes = sumColumns(reshape(x, [samples * channels, samples * channels && x.size / (samples * channels)]));
  return sumRows(reshape(planes, [samples, channels]));
}

function resultShape({ samples, groups, outputs, result }: Correlation): Shape {
  return [samples, groups * outputs, ...result];
}

function imageShape({ samples, groups, channels, image }: Correlation): Shape {
  return [samples, groups * channels, ...image];
}

function flopsOf({ samples, groups, channels, outputs, kernel, result }: Correlation): number {
  return 2 * samples * groups * outputs * channels * kernel[0] * kernel[1] * result[0] * result[1];
}
