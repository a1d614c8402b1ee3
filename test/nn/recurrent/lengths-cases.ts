/** Sequences of different lengths, for the tests of what takes them. */
import { type Tensor, tensor } from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";
import { FEATURES } from "./recurrent-cases.ts";

export const whole = (values: readonly number[], shape?: readonly number[]): Tensor => tensor(values, shape, "int32");
export const [BATCH, STEPS] = [3, 5] as const;
export const LENGTHS = [3, 5, 1] as const;
export const lengths = whole(LENGTHS);
export const x = randomTensor([BATCH, STEPS, FEATURES], 1);
export const SAME = { relative: 1e-6, absolute: 1e-7 };

/** What a sequence holds of [batch, steps, features], as a batch of its own without padding. */
export function alone(from: Tensor, n: number, length: number): Tensor {
  const [, steps = 0, features = 0] = from.shape;
  const start = n * steps * features;
  return tensor(from.data.slice(start, start + length * features), [1, length, features]);
}

/** The same sequences with other numbers in padding, and with more of it. */
export function repadded(from: Tensor, value: number, steps: number = STEPS): Tensor {
  const features = from.shape[2] ?? 1;
  const values = Array.from({ length: BATCH * steps * features }, (_, i) => {
    const [n, t, k] = [Math.floor(i / features / steps), Math.floor(i / features) % steps, i % features];
    return t < (LENGTHS[n] ?? 0) ? (from.data[(n * STEPS + t) * features + k] ?? NaN) : value;
  });
  return tensor(values, [BATCH, steps, features]);
}
