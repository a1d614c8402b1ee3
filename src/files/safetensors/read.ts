import { FormatError } from "../../base/errors.ts";
import { shown, shownNames } from "../../base/shown.ts";
import type { Dtype, Tensor } from "../../base/tensor.ts";
import { roomFor } from "../host.ts";
import { PieceReader } from "../pieces.ts";
import type { ByteSource } from "../source.ts";
import { type Decoder, type Out, READABLE, decoderOf, outOf, tensorIn } from "./decode.ts";
import type { SafetensorsHeader, TensorEntry } from "./header.ts";

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
  reader = new PieceReader(source),
): Promise<Tensor> {
  const { entry, decoder } = foundIn(where, source, header, name);
  const { dtype, decode } = decoder;
  if (!decode) return tensorIn(dtype, entry.shape, (await source.read(entry.start, entry.end)).buffer);
  const bytes = ((entry.end - entry.start) / decoder.bytes) * 4;
  const out = roomFor(where, source.name, bytes, (size) => new ArrayBuffer(size));
  await decodePieces(where, reader, name, { entry, decoder }, (start, length) => outOf(out, start, length));
  return tensorIn(dtype, entry.shape, out);
}

/**
 * Reads the numbers of one tensor by the same rules, in pieces: for numbers that are copied elsewhere.
 * @param take gets numbers, and the index of the first; they change after it returns
 * @throws FormatError or FileError as `readTensor`
 */
export async function readNumbers(
  where: string,
  reader: PieceReader,
  header: SafetensorsHeader,
  name: string,
  take: (numbers: Float32Array | Int32Array, start: number) => void,
): Promise<void> {
  const { entry, decoder } = foundIn(where, reader.source, header, name);
  const isFloat = decoder.dtype === "float32";
  if (!decoder.decode) {
    return reader.each(entry.start, entry.end, ({ buffer, length }, at) => {
      const numbers = isFloat ? new Float32Array(buffer, 0, length / 4) : new Int32Array(buffer, 0, length / 4);
      take(numbers, (at - entry.start) / 4);
    });
  }
  let out = new ArrayBuffer(0);
  const room = (_: number, length: number): Out => {
    if (out.byteLength < length * 4) out = new ArrayBuffer(length * 4);
    return outOf(out, 0, length);
  };
  await decodePieces(where, reader, name, { entry, decoder }, room, ({ floats, integers }, start) =>
    take(isFloat ? floats : integers, start),
  );
}

/**
 * The dtype that a tensor of the file becomes.
 * @throws FormatError when there is no such tensor, or none of that dtype is read
 */
export function readDtype(where: string, source: ByteSource, header: SafetensorsHeader, name: string): Dtype {
  return foundIn(where, source, header, name).decoder.dtype;
}

/** Where a tensor lies, and how it is read. */
interface Found {
  readonly entry: TensorEntry;
  readonly decoder: Decoder;
}

function foundIn(where: string, source: ByteSource, header: SafetensorsHeader, name: string): Found {
  const entry = header.tensors.get(name);
  const file = `${where}: in ${JSON.stringify(source.name)},`;
  if (!entry) {
    const names = shownNames([...header.tensors.keys()]);
    throw new FormatError(`${file} there must be a tensor ${shown(name)}; got ${names}`);
  }
  const decoder = decoderOf(entry.dtype);
  if (decoder) return { entry, decoder };
  const dtypes = `${READABLE.slice(0, -1).join(", ")} or ${READABLE.at(-1)}`;
  throw new FormatError(`${file} tensor ${shown(name)} must be of dtype ${dtypes}; got ${shown(entry.dtype)}`);
}

/** Decodes a tensor piece by piece into what `room` makes for some numbers from an index on. */
async function decodePieces(
  where: string,
  reader: PieceReader,
  name: string,
  { entry, decoder: { bytes, range, decode } }: Found,
  room: (start: number, length: number) => Out,
  take?: (out: Out, start: number) => void,
): Promise<void> {
  await reader.each(entry.start, entry.end, (piece, at) => {
    const start = (at - entry.start) / bytes;
    const length = piece.length / bytes;
    const out = room(start, length);
    const misfit = decode?.(piece.buffer, out);
    if (!misfit) return take?.(out, start);
    const file = `${where}: in ${JSON.stringify(reader.source.name)},`;
    const got = `${misfit.value} at index ${start + misfit.index}`;
    throw new FormatError(`${file} ${entry.dtype} tensor ${shown(name)} must be ${range}; got ${got}`);
  });
}
