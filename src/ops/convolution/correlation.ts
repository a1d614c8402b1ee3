import { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { Variable } from "../../memory/variable.ts";
import { MOST_THREADS } from "../../base/threads.ts";
import type { Shape } from "../../base/tensor.ts";
import { type Frame, type Pass, imagePasses, resultPass } from "./correlation-geometry.ts";
import { sumColumns, sumRows } from "../reduction.ts";
import { reshape, view } from "../shape.ts";
import { broadcastStrides, copyCalls } from "../strided.ts";

// What the kernels ask for in floats: assembly/convolution.ts says it.
const WIDEST_PANEL = 16;
const ASIDE = 1616;
const RUN = 16 * 512;
const SPARE = 5;

/** Up to so many outputs in a group, positions are worked out side by side in place of outputs: measured on 64 channels of 56 x 56. */
const FEW = 2;
const FEW_PANEL = 8;

/** Parts of the batch whose gradients are added up apart: their sum is the same for any number of threads. */
const MOST_CHUNKS = 16;
/** Floats that they may take in all. */
const CHUNK_FLOATS = 2 ** 22;

/** result[n, o, y, x] = bias[o] + Σ kernel[o, c, h, w] image[n, c, y stride + h dilation - padding, likewise]. */
export function correlate(image: Operand, kernel: Operand, bias: Operand | null, frame: Frame): Operand {
  const passes = [resultPass(frame)];
  const packed = packedFor(passes, kernel, frame.groups, frame.outputs, frame.channels, "outputs");
  return convolved("convolve", resultShape(frame), image, kernel, bias, passes, true, packed, frame, (dOut) => [
    spread(dOut, kernel, null, frame),
    gradientByKernel(image, dOut, frame, kernel.shape),
  ]);
}

/** The image whose elements are bias[c] and what each result gave of itself: the gradient of `correlate`, transposed convolution. */
export function spread(result: Operand, kernel: Operand, bias: Operand | null, frame: Frame): Operand {
  const { passes, isWhole } = imagePasses(frame);
  const packed = packedFor(passes, kernel, frame.groups, frame.channels, frame.outputs, "channels");
  const shape = imageShape(frame);
  return convolved("convolveTransposed", shape, result, kernel, bias, passes, isWhole, packed, frame, (dOut) => [
    correlate(dOut, kernel, null, frame),
    gradientByKernel(dOut, result, frame, kernel.shape),
  ]);
}

function convolved(
  operation: string,
  shape: Shape,
  x: Operand,
  kernel: Operand,
  bias: Operand | null,
  passes: readonly Pass[],
  isWhole: boolean,
  packed: Operand,
  frame: Frame,
  gradient: (dOut: Operand) => readonly [Operand, Operand],
): Operand {
  const table = tablesOf(passes);
  const inputs = [x, kernel, ...(bias ? [bias] : []), packed, table];
  const slots = (pass: Pass): number => Math.min(MOST_THREADS, pass.strips * Math.ceil(shape[1] ?? 1));
  return new Operand(operation, shape, inputs, {
    calls: (out, { workspace, panelWidth }) => {
      const panels = inTurn(packed, passes, (pass) => packedFloats(pass, frame.groups));
      const tables = inTurn(table, passes, (pass) => pass.table.length);
      const passCalls = passes.map((pass, i) => {
        const all = [x, panels[i] ?? 0, bias ?? 0, out, tables[i] ?? 0, workspace, slots(pass)] as const;
        return hasFew(pass) ? call("convolveFew", ...all) : call("convolve", ...all, panelWidth);
      });
      return isWhole ? passCalls : [...startCalls(bias, out), ...passCalls];
    },
    workspace: passes.reduce((most, pass) => Math.max(most, slots(pass) * (ASIDE + pass.stripFloats)), 0),
    gradient: (dOut) => [...gradient(dOut), ...(bias ? [sumOfPlanes(dOut)] : [])],
    flops: flopsOf(frame),
  });
}

/** out[n, c, ...] = bias[c], or 0: for places that no pass fills. */
function startCalls(bias: Operand | null, out: Operand): Call[] {
  if (!bias) return [call("fill", out, 0, out.size)];
  return copyCalls(bias, out, out.shape, broadcastStrides([bias.size, 1, 1], out.shape));
}

/** The tables of all passes, one after the other. */
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

/** What each pass has of an operand, which has it for all, one after the other. */
function inTurn(x: Operand, passes: readonly Pass[], sizeOf: (pass: Pass) => number): Operand[] {
  let end = 0;
  return passes.map((pass) => {
    const start = end;
    end += sizeOf(pass);
    return view("ofPass", x, [end - start], start, () => null);
  });
}

function packedFloats({ outputs, depth }: Pass, groups: number): number {
  return groups * WIDEST_PANEL * Math.ceil(outputs / WIDEST_PANEL) * depth;
}

/** The kernel in panels for each pass: an operand of its own, so that weights which stay as they are stay packed. */
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
  return new Operand("packKernel", [passes.reduce((sum, pass) => sum + floats(pass), 0)], [kernel], {
    calls: (out, { panelWidth }) => {
      const parts = inTurn(out, passes, floats);
      return passes.map((pass, i) => {
        const [rows, columns] = pass.taps;
        return call(
          "packKernel",
          ...([kernel, parts[i] ?? 0, groups, groupStride, channels, channelStride, outputs, outputStride] as const),
          ...([rows.first, rows.step, rows.count, columns.first, columns.step, columns.count, width] as const),
          hasFew(pass) ? FEW_PANEL : panelWidth,
        );
      });
    },
    flops: 0,
    opaque: true,
  });
}

/** The gradient by the kernel: Σ over samples and positions of what was read times the gradient of what it gave. */
function gradientByKernel(image: Operand, result: Operand, frame: Frame, shape: Shape): Operand {
  const { samples, groups, outputs } = frame;
  const pass = resultPass(frame);
  const { depth, stripFloats } = pass;
  const table = tablesOf([pass]);
  const panels = Math.ceil(outputs / WIDEST_PANEL) * groups;
  const floats = panels * WIDEST_PANEL * (depth + SPARE);
  const chunks = Math.max(1, Math.min(samples, MOST_CHUNKS, Math.floor(CHUNK_FLOATS / floats)));
  const slots = Math.min(MOST_THREADS, chunks * 2 * panels);
  return new Operand("kernelGradient", shape, [image, result, table], {
    calls: (out, { workspace, panelWidth }) => {
      const room = view("workspace", workspace, [slots * (RUN + stripFloats)], chunks * floats, () => null);
      const panel = hasFew(pass) ? FEW_PANEL : panelWidth;
      const all = [image, result, workspace, table, room, slots, chunks] as const;
      return [
        hasFew(pass) ? call("kernelGradientFew", ...all) : call("kernelGradient", ...all, panel),
        call("sumKernelGradient", workspace, out, chunks, groups, outputs, depth, panel),
      ];
    },
    workspace: chunks * floats + slots * (RUN + stripFloats),
    gradient: (dOut) => [spread(result, dOut, null, frame), correlate(image, dOut, null, frame)],
    flops: flopsOf(frame),
  });
}

/** Whether the kernels for few outputs take this pass. */
function hasFew({ outputs }: Pass): boolean {
  return outputs <= FEW;
}

/** x [N, C, ...] summed over all but C. */
function sumOfPlanes(x: Operand): Operand {
  const [samples = 0, channels = 0] = x.shape;
  const planes = sumColumns(reshape(x, [samples * channels, samples * channels && x.size / (samples * channels)]));
  return sumRows(reshape(planes, [samples, channels]));
}

function resultShape({ samples, groups, outputs, result }: Frame): Shape {
  return [samples, groups * outputs, ...result];
}

function imageShape({ samples, groups, channels, image }: Frame): Shape {
  return [samples, groups * channels, ...image];
}

function flopsOf({ samples, groups, channels, outputs, kernel, result }: Frame): number {
  return 2 * samples * groups * outputs * channels * kernel[0] * kernel[1] * result[0] * result[1];
}
