import {
  INT8_LINE,
  INT8_LONGEST,
  INT8_PANEL,
  INT8_POSITIONS,
  INT8_SPARE,
  int8PanelFloats,
  int8PatchFloats,
  packInt8Convolution,
} from "#kernels/contract";
import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { MOST_THREADS } from "../../base/threads.ts";
import { Variable } from "../../memory/variable.ts";
import { view } from "../shape/view.ts";
import { formatOf } from "../weights.ts";
import type { Correlation } from "./correlation-geometry.ts";

/** Fewest output channels in a group for which int8 weights are smaller and faster: their panels are padded. */
const FEWEST = 8;

/**
 * `correlate` with the kernel in int8, where the layer that is being traced holds it so and it has enough outputs; else
 * undefined. Each sample of the image is quantized to 7 bits. It has no gradient.
 */
export function int8Correlate(
  image: Operand,
  kernel: Operand,
  bias: Operand | null,
  correlation: Correlation,
): Operand | undefined {
  const { samples, groups, channels, outputs, result } = correlation;
  const taps = correlation.kernel[0] * correlation.kernel[1];
  const depth = channels * taps;
  if (outputs < FEWEST || depth > INT8_LONGEST || formatOf(kernel) !== "int8") return undefined;
  const lines = Math.ceil(depth / INT8_LINE);
  const groupFloats = Math.ceil(outputs / INT8_PANEL) * int8PanelFloats(lines);
  const packed = new Operand("packInt8", [groups * groupFloats], [kernel], {
    calls: (out) =>
      Array.from({ length: groups }, (_, group) => {
        const from = view("part", kernel, [outputs * depth], group * outputs * depth, () => null);
        const to = view("part", out, [groupFloats], group * groupFloats, () => null);
        return call("packInt8", from, channels, taps, 1, depth, to, depth, outputs);
      }),
    flops: 0,
    opaque: true,
    holds: "int8",
  });
  const imageFloats = Math.ceil((groups * channels * correlation.image[0] * correlation.image[1]) / 2) + 2;
  const table = tableOf(correlation, imageFloats);
  const blocks = Math.ceil((result[0] * result[1]) / INT8_POSITIONS);
  const slots = Math.max(1, Math.min(MOST_THREADS, samples * groups * blocks));
  const images = samples * imageFloats + INT8_SPARE;
  const inputs = [image, packed, ...(bias ? [bias] : []), table];
  return new Operand("convolveInt8", [samples, groups * outputs, ...result], inputs, {
    calls: (out, { workspace }) => {
      const patches = view("workspace", workspace, [slots * int8PatchFloats(lines)], images, () => null);
      return [
        call("quantizeImages", image, workspace, table),
        call("convolveInt8", workspace, packed, bias ?? 0, out, table, patches, slots),
      ];
    },
    workspace: images + slots * int8PatchFloats(lines),
    flops: 2 * samples * groups * outputs * depth * result[0] * result[1],
  });
}

function tableOf(correlation: Correlation, imageFloats: number): Variable<"int32"> {
  const { samples, groups, channels, outputs, image, kernel, result, stride, padding, dilation } = correlation;
  const numbers = packInt8Convolution({
    samples,
    groups,
    channels,
    height: image[0],
    width: image[1],
    outputs,
    outHeight: result[0],
    outWidth: result[1],
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideY: stride[0],
    strideX: stride[1],
    paddingY: padding[0],
    paddingX: padding[1],
    dilationY: dilation[0],
    dilationX: dilation[1],
    imageFloats,
  });
  const table = new Variable("table", [numbers.length], "int32");
  table.write().set(numbers);
  return table;
}
