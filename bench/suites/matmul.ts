import { measure } from "../measure.ts";
import { random, uniform } from "../random.ts";
import type { Suite } from "./suite.ts";

export const matmul: Suite = {
  name: "matmul",
  about: "A square matrix product in float32; a multiply and an add are two operations.",
  cases: [64, 128, 256, 512, 1024].map((size) => ({
    name: String(size),
    unit: "GFLOP/s",
    better: "higher",
    charted: size === 512,
    async measure(subject, effort) {
      const draw = random(size);
      const a = uniform(size * size, -1, 1, draw);
      const b = uniform(size * size, -1, 1, draw);
      const multiply = await subject.matmul?.(size, a, b);
      if (multiply === undefined) return undefined;
      const { seconds, result } = await measure(multiply, effort);
      checkProduct(result, a, b, size, draw);
      return (2 * size ** 3) / seconds / 1e9;
    },
  })),
};

/** Freivalds' check: (a b) v must be a (b v), and the latter costs two passes instead of a product. */
function checkProduct(
  product: ArrayLike<number>,
  a: Float32Array,
  b: Float32Array,
  size: number,
  draw: () => number,
): void {
  if (product.length !== size * size) throw new Error(`matmul: ${size * size} values wanted; got ${product.length}`);
  const vector = Float64Array.from({ length: size }, () => 2 * draw() - 1);
  const expected = timesVector(a, timesVector(b, vector));
  const bound = size * 1e-5; // the sums are of the order of `size`, rounded to float32
  for (const [row, value] of timesVector(product, vector).entries()) {
    if (!(Math.abs(value - expected[row]!) <= bound)) throw new Error(`matmul: the product is wrong in row ${row}`);
  }
}

function timesVector(matrix: ArrayLike<number>, vector: Float64Array): Float64Array {
  return vector.map((_, row) => {
    let sum = 0;
    for (let i = 0, start = row * vector.length; i < vector.length; i++) sum += matrix[start + i]! * vector[i]!;
    return sum;
  });
}
