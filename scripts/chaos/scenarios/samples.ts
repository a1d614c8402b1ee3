/** Data sets of random numbers that are the same in every process, whatever the current seed. */
import { data, tensor } from "lanegrad";
import { random, uniform } from "../../../bench/random.ts";

/** Numbers x [count, ...shape] in [-1, 1); labels say in which of `classes` ranges the mean of a sample's first numbers is. */
export function labelled(count: number, shape: readonly number[], classes: number, seed = 1): data.Dataset {
  const width = shape.reduce((product, extent) => product * extent, 1);
  const x = uniform(count * width, -1, 1, random(seed));
  const labels = Int32Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 0] = x.subarray(i * width, i * width + 2);
    return Math.min(classes - 1, Math.floor(((a + b + 2) / 4) * classes));
  });
  return data.fromArrays(tensor(x, [count, ...shape]), labels);
}

/** Sequences x [count, times] of whole numbers below `high`, labelled by the larger of the first two. */
export function sequences(count: number, times: number, high: number, seed = 2): data.Dataset {
  const x = Int32Array.from(uniform(count * times, 0, high, random(seed)), Math.floor);
  const labels = Int32Array.from({ length: count }, (_, i) => Math.max(...x.subarray(i * times, i * times + 2)));
  return data.fromArrays(tensor(x, [count, times]), labels);
}
