import { FormatError } from "../../base/errors.ts";
import { printShape, sizeOf } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import { tensorFrom } from "../elements.ts";
import { contiguous, rowMajor } from "../strided.ts";
import { npyHeader } from "./header.ts";

/**
 * The array of a .npy file.
 * @param what the array, for messages
 * @param isOwn whether nobody else has the bytes: the tensor is then a view of them if it can be
 * @throws FormatError when the bytes are no such file, or hold what neither float32 nor int32 can
 */
export function decodeNpy(where: string, what: string, bytes: Uint8Array, isOwn = false): Tensor {
  const { type, isLittle, isFortran, shape, start } = npyHeader(where, bytes);
  const numbers = bytes.subarray(start);
  const length = sizeOf(shape) * type.bytes;
  if (numbers.length !== length) {
    const must = `${type.name} ${printShape(shape)} must have ${length} bytes behind the header`;
    throw new FormatError(`${where}: ${must}; got ${numbers.length}`);
  }
  const stride = isFortran ? rowMajor(shape.toReversed()).toReversed() : rowMajor(shape);
  const inOrder = contiguous(numbers, type.bytes, { shape, stride, offset: 0 });
  return tensorFrom(where, what, shape, type, inOrder, isLittle, isOwn);
}
