import { FormatError } from "../../base/errors.ts";
import { shown, shownNames } from "../../base/shown.ts";
import { Tensor } from "../../base/tensor.ts";
import { roomFor } from "../host.ts";
import type { ByteSource } from "../source.ts";
import { type Decoder, type Out, READABLE, decoderOf } from "./decode.ts";
import type { SafetensorsHeader, TensorEntry } from "./header.ts";

const PIECE = 2 ** 22; // elements that are converted at once

/**
 * Reads one tensor, and no more of the file, by these rules:
 * - F32 and I32 are taken as they are, F16 and BF16 are exact in float32, with the bits of NaN.
 * - F64 is rounded to the nearest float32; a finite number that would be infinite is refused.
 * - I8, U8, I16 and U16 become int32; so do U32, I64 and U64, where a number outside int32 is refused.
 * - BOOL becomes int32; it must be 0 or 1.
 * - Other dtypes are refused.
 *
 * Bytes are taken as little-endian, also for typed arrays of the host; big-endian hosts are not supported.
 *
 * @throws FormatError when there is no such tensor or it is refused: the error names tensor, index and value
 * @throws FileError when the host cannot read the file
 */
export async function readTensor(
  where: string,
  source: ByteSource,
  header: SafetensorsHeader,
  name: string,
): Promise<Tensor> {
  const entry = header.tensors.get(name);
  const file = `${where}: in ${JSON.stringify(source.name)},`;
  if (!entry) {
    const names = shownNames([...header.tensors.keys()]);
    throw new FormatError(`${file} there must be a tensor ${shown(name)}; got ${names}`);
  }
  const decoder = decoderOf(entry.dtype);
  if (!decoder) {
    const dtypes = `${READABLE.slice(0, -1).join(", ")} or ${READABLE.at(-1)}`;
    throw new FormatError(`${file} tensor ${shown(name)} must be of dtype ${dtypes}; got ${shown(entry.dtype)}`);
  }
  const { dtype, bytes, range, decode } = decoder;
  if (!decode) return tensorOf(dtype, entry, (await source.read(entry.start, entry.end)).buffer);
  const length = (entry.end - entry.start) / bytes;
  const out = roomFor(where, source.name, length * 4, (size) => new ArrayBuffer(size));
  for (let start = 0; start < length; start += PIECE) {
    const end = Math.min(start + PIECE, length);
    const piece = await source.read(entry.start + start * bytes, entry.start + end * bytes);
    const misfit = decode(piece.buffer, outOf(out, start, end - start));
    if (!misfit) continue;
    const got = `${misfit.value} at index ${start + misfit.index}`;
    throw new FormatError(`${file} ${entry.dtype} tensor ${shown(name)} must be ${range}; got ${got}`);
  }
  return tensorOf(dtype, entry, out);
}

function tensorOf(dtype: Decoder["dtype"], { shape }: TensorEntry, buffer: ArrayBuffer): Tensor {
  return dtype === "float32"
    ? new Tensor(shape, dtype, new Float32Array(buffer))
    : new Tensor(shape, dtype, new Int32Array(buffer));
}

function outOf(buffer: ArrayBuffer, start: number, length: number): Out {
  return {
    floats: new Float32Array(buffer, start * 4, length),
    integers: new Int32Array(buffer, start * 4, length),
    bits: new Uint32Array(buffer, start * 4, length),
  };
}
