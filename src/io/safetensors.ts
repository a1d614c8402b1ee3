import type { UrlLike } from "../base/url.ts";
import { withDefaults } from "../base/options.ts";
import type { Shape } from "../base/shape.ts";
import type { Tensor, TensorLike } from "../base/tensor.ts";
import {
  type SafetensorsHeader,
  type SafetensorsOptions,
  encodeSafetensors,
  readHeader,
  readTensor,
} from "../files/safetensors/index.ts";
import { PieceReader } from "../files/pieces.ts";
import { type ByteSource, type FileLike, withSource } from "../files/source.ts";
import { writeFile } from "../files/write.ts";
import { CHOICE_DEFAULTS, type Choice, wantedOf } from "./chosen.ts";
import { joined } from "./joined.ts";
import { recordOf, renamed } from "./rename.ts";
import { isIndex, readShards } from "./sharded.ts";

export type { SafetensorsOptions, WrittenDtype, WrittenFloat } from "../files/safetensors/index.ts";

/** Which tensors to read, and their names. */
export type ReadSafetensorsOptions = Choice;

/** What a safetensors file says of itself. Both objects are without prototype. */
export interface SafetensorsSummary {
  /** By name; dtypes as the format names them: `F32`. */
  readonly tensors: Readonly<Record<string, { readonly dtype: string; readonly shape: Shape }>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The tensors of a safetensors file by name, in an object without prototype. Tensors that `only` leaves out are not read;
 * `rename` gives the names that the model has. A path that ends in `.safetensors.index.json` gives the tensors of the shards
 * that it names, which are in the same directory.
 *
 * F64, F32, F16 and BF16 become float32; I64, I32, I16, I8, U64, U32, U16, U8 and BOOL become int32. A finite number that would
 * be infinite, and an integer outside int32, is refused.
 *
 * @throws FormatError when the file is not as the format requires, holds a number or dtype that is refused, or lacks a tensor
 * of `only`
 * @throws RangeError when `rename` gives two tensors one name
 * @throws FileError when the host cannot read it
 */
export async function readSafetensors(
  file: FileLike,
  options: ReadSafetensorsOptions = {},
): Promise<Record<string, Tensor>> {
  const where = "readSafetensors";
  const { only, rename } = withDefaults(where, options, CHOICE_DEFAULTS);
  const wanted = wantedOf(where, only);
  const tensors = recordOf<Tensor>([]);
  const readFrom = async (source: ByteSource, header: SafetensorsHeader, names: Iterable<string>): Promise<void> => {
    const reader = new PieceReader(source);
    for (const name of names) tensors[name] = await readTensor(where, source, header, name, reader);
  };
  if (isIndex(file)) await readShards(where, file, wanted, readFrom);
  else {
    await withSource(where, file, async (source) => {
      const header = await readHeader(where, source);
      await readFrom(source, header, wanted([...header.tensors.keys()]));
    });
  }
  return renamed(where, tensors, rename);
}

/**
 * Names, dtypes, shapes and metadata of a safetensors file. No numbers are read.
 * @throws FormatError when the header is not as the format requires
 * @throws FileError when the host cannot read it
 */
export async function readSafetensorsHeader(file: FileLike): Promise<SafetensorsSummary> {
  const where = "readSafetensorsHeader";
  const tensors = recordOf<SafetensorsSummary["tensors"][string]>([]);
  const metadata = recordOf<string>([]);
  const add = (header: SafetensorsHeader): void => {
    for (const [name, { dtype, shape }] of header.tensors) tensors[name] = { dtype, shape };
    for (const [key, text] of header.metadata) metadata[key] = text;
  };
  if (isIndex(file))
    await readShards(
      where,
      file,
      (names) => names,
      async (_, header) => add(header),
    );
  else await withSource(where, file, async (source) => add(await readHeader(where, source)));
  return { tensors, metadata };
}

/**
 * Writes a safetensors file in one step: after an error the former file is untouched. The tensors must not change until the
 * promise is fulfilled.
 *
 * @throws TypeError when a value is no tensor, metadata is no text, or the host has no files
 * @throws RangeError when a name, dtype or number cannot be written
 * @throws FileError when the host cannot write
 */
export async function writeSafetensors(
  path: string | UrlLike,
  record: Readonly<Record<string, TensorLike>>,
  options: SafetensorsOptions = {},
): Promise<void> {
  const where = "writeSafetensors";
  await writeFile(where, path, encodeSafetensors(where, record, options));
}

/**
 * The bytes of a safetensors file.
 * @throws TypeError when a value is no tensor or metadata is no text
 * @throws RangeError when a name, dtype or number cannot be written
 */
export function toSafetensors(
  record: Readonly<Record<string, TensorLike>>,
  options: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const encoded = encodeSafetensors("toSafetensors", record, options);
  return joined(encoded, encoded.size);
}
