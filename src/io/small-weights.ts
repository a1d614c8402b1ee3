/** Weights of models in small formats, in files: BF16 or F16, or I8 beside a scale for each output channel. */
import { INT8_LARGEST } from "#kernels/contract";
import { shown } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { WrittenDtype } from "../files/safetensors/index.ts";
import type { Module } from "../nn/module/module.ts";
import { Parameter } from "../nn/module/parameter.ts";
import { stateOf } from "../nn/module/state.ts";
import { type WeightOptions, weightsOf } from "../nn/module/weights.ts";
import { productWeights } from "../nn/product-weights.ts";
import { channelsOf, scaleName } from "./scales.ts";

/** Tensors of a state dict, and the dtype of those that are not written as they are. */
export interface SmallState {
  readonly record: Record<string, Tensor>;
  readonly dtypes: ReadonlyMap<string, WrittenDtype>;
}

/**
 * The state dict of a model with weights in a small format; other tensors are as they were.
 * @throws RangeError when the format is unknown, `keep` has a path that no layer has, or a weight is NaN or infinite
 * @throws TypeError when `keep` is not an array of strings
 */
export function smallState(where: string, model: Module, options: WeightOptions): SmallState {
  const { format, kept } = weightsOf(where, model, options);
  const record = model.stateDict();
  const dtypes = new Map<string, WrittenDtype>();
  if (format === "float32") return { record, dtypes };
  const labels = model.paths();
  const channels = productWeights(model, (module) => kept.has(labels.get(module) ?? ""));
  for (const [name, each] of stateOf(model)) {
    const axis = each instanceof Parameter ? channels.get(each) : undefined;
    const tensor = record[name];
    if (axis === undefined || !tensor) continue;
    requireFinite(where, name, tensor);
    dtypes.set(name, format === "int8" ? "I8" : format === "bf16" ? "BF16" : "F16");
    if (format !== "int8") continue;
    if (Object.hasOwn(record, scaleName(name))) {
      throw new RangeError(`${where}: ${shown(scaleName(name))} must be a scale as int8; got a tensor of the model`);
    }
    [record[name], record[scaleName(name)]] = quantized(tensor, axis);
  }
  return { record, dtypes };
}

function requireFinite(where: string, name: string, { data }: Tensor): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new RangeError(
    `${where}: ${shown(name)} must be finite to be made small; got ${data[index]} at index ${index}`,
  );
}

/**
 * Integers q and scales s, as `packInt8` of the kernels makes them: s = max |w| / 127 over each output channel, and q = w / s
 * rounded to the nearest, to even in the middle, all in float32. The scales have the axes of w, of size 1 but for `axis`, so that
 * q times s is w rounded.
 */
function quantized({ shape, data }: Tensor, axis: number): [Tensor, Tensor] {
  const channelOf = channelsOf(shape, axis);
  const scales = new Float32Array(shape[axis] ?? 0);
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel] ?? 0, Math.abs(data[i] ?? 0));
  }
  for (let channel = 0; channel < scales.length; channel++) scales[channel] = (scales[channel] ?? 0) / INT8_LARGEST;
  const integers = Int32Array.from(data, (weight, i) => {
    const scale = scales[channelOf(i)] ?? 0;
    const nearest = scale === 0 ? 0 : toEven(Math.fround(weight / scale));
    return Math.max(-INT8_LARGEST, Math.min(INT8_LARGEST, nearest)); // the scale of denormals has few bits
  });
  return [
    new Tensor(shape, "int32", integers),
    new Tensor(
      shape.map((extent, i) => (i === axis ? extent : 1)),
      "float32",
      scales,
    ),
  ];
}

/** A number below 2^51 in size rounded to the nearest whole one, to even in the middle. */
function toEven(value: number): number {
  return value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
}
