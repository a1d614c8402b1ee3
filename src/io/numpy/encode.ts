import { ShapeError } from "../../base/errors.ts";
import { type TensorLike, asTensor } from "../../base/tensor.ts";
import { joined } from "../joined.ts";
import { MAGIC } from "./header.ts";

const MOST_AXES = 32; // in NumPy 1
const ALIGNMENT = 64; // bytes, of the numbers in the file
const ROOM = 21; // digits: NumPy leaves room for a first extent that grows

/** A tensor as the parts of a .npy file: the header, and the numbers, which are not copied. */
export function npyParts(where: string, value: TensorLike): readonly [Uint8Array<ArrayBuffer>, Uint8Array] {
  const { shape, dtype, data } = asTensor(where, "the value", value);
  if (shape.length > MOST_AXES) {
    throw new ShapeError(`${where}: NumPy's arrays must have at most ${MOST_AXES} axes; got ${shape.length}`);
  }
  const descr = dtype === "float32" ? "<f4" : "<i4";
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const growth = shape.length === 0 ? 0 : ROOM - String(shape[0]).length;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }${" ".repeat(Math.max(0, growth))}`;
  const front = MAGIC.length + 4;
  const padding = ALIGNMENT - ((front + dict.length + 1) % ALIGNMENT);
  const text = `${dict}${" ".repeat(padding)}\n`;
  const header = new Uint8Array(front + text.length);
  header.set(MAGIC);
  header.set([1, 0, text.length & 255, text.length >> 8], MAGIC.length);
  header.set(new TextEncoder().encode(text), front);
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/**
 * The bytes of a .npy file, as `np.save` writes it: version 1.0, float32 or int32.
 * @throws ShapeError when the tensor has more than 32 axes
 * @throws TypeError when it is no tensor
 */
export function toNpy(tensor: TensorLike): Uint8Array<ArrayBuffer> {
  const [header, numbers] = npyParts("toNpy", tensor);
  return joined([header, numbers], header.length + numbers.length);
}
