/** Numbers of other programs' dtypes as float32 or int32, by the rules for safetensors. */
import { FormatError } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";
import { type Decoder, decoderOf, outOf, tensorIn } from "../files/safetensors/decode.ts";

/** How one number lies in bytes. */
export interface ElementType {
  /** As NumPy and PyTorch call it: `float64`. */
  readonly name: string;
  readonly bytes: number;
  readonly decoder: Decoder;
}

const codes: readonly [string, string][] = [
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint64", "U64"],
  ["uint32", "U32"],
  ["uint16", "U16"],
  ["uint8", "U8"],
  ["bool", "BOOL"],
];

/** Types by their names. */
export const ELEMENTS: ReadonlyMap<string, ElementType> = new Map(
  codes.flatMap(([name, code]) => {
    const decoder = decoderOf(code);
    return decoder ? [[name, { name, bytes: decoder.bytes, decoder }] as const] : [];
  }),
);

/**
 * A tensor of the numbers in `bytes`, row-major.
 * @param what the tensor, for messages
 * @param isOwn whether nobody else has the bytes: the tensor is then a view of them if it can be. Default: they are copied.
 * @throws FormatError when a finite number is infinite as float32, an integer does not fit in int32, or a bool is neither 0 nor 1
 */
export function tensorFrom(
  where: string,
  what: string,
  shape: Shape,
  { name, bytes: width, decoder }: ElementType,
  bytes: Uint8Array,
  isLittle: boolean,
  isOwn = false,
): Tensor {
  if (isOwn && isLittle && !decoder.decode && bytes.byteOffset % 4 === 0) {
    return tensorIn(decoder.dtype, shape, bytes.buffer, bytes.byteOffset);
  }
  const piece = new Uint8Array(bytes).buffer;
  if (!isLittle) reverseEach(new Uint8Array(piece), width);
  const out = decoder.decode ? new ArrayBuffer((bytes.length / width) * 4) : piece;
  const misfit = decoder.decode?.(piece, outOf(out));
  if (misfit) {
    const got = `${misfit.value} at index ${misfit.index}`;
    throw new FormatError(`${where}: ${name} tensor ${what} must be ${decoder.range}; got ${got}`);
  }
  return tensorIn(decoder.dtype, shape, out);
}

/** Reverses the bytes of each element. */
function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
