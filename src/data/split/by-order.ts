import { type Indices, type Shares, type Splitter, foldsOf } from "./splitter.ts";

/** Divides samples in a given order; parts and folds differ from their share by less than one sample. */
export function byOrder(order: Int32Array): Splitter {
  return {
    cut: (shares) => cutTwice(order, shares, cutInTwo),
    folds: (count) => {
      const foldOf = new Int32Array(order.length);
      order.forEach((index, position) => (foldOf[index] = Math.floor((position * count) / order.length)));
      return foldsOf(foldOf, count);
    },
  };
}

type Cut = (indices: Int32Array, share: number) => readonly [Int32Array, Int32Array];

/** Cuts off the training samples, then divides the rest. */
export function cutTwice(order: Int32Array, { training, validation, test }: Shares, cut: Cut): Indices {
  const [first, rest] = cut(order, training);
  const [second, third] = cut(rest, validation === 0 ? 0 : validation / (validation + test));
  return { training: first, validation: second, test: third };
}

function cutInTwo(indices: Int32Array, share: number): readonly [Int32Array, Int32Array] {
  const size = Math.round(share * indices.length);
  return [indices.subarray(0, size), indices.subarray(size)];
}
