import type { UrlLike } from "../../base/url.ts";
import { requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import type { FileLike } from "../../files/source.ts";
import { writeFile } from "../../files/write.ts";
import { readAll } from "../../files/read-all.ts";
import { CHOICE_DEFAULTS, type Choice } from "../chosen.ts";
import { decodeNpz, encodeNpz } from "./npz-codec.ts";

/** Options of `readNpz`. */
export interface ReadNpzOptions extends Choice {
  /** The most bytes that deflated arrays may inflate to, all together. Default: 2 GiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * The arrays of a .npz file by name, in an object without prototype. The file is of `np.savez` or `np.savez_compressed`; each
 * array is read as by `readNpy`, after its CRC-32 was checked.
 *
 * @throws FormatError when the file is damaged, encrypted or of 4 GiB or more, lacks an array of `only`, or its arrays are refused
 * @throws FileError when the host cannot read the file
 * @throws RangeError when two arrays get one name
 */
export async function readNpz(file: FileLike, options: ReadNpzOptions = {}): Promise<Record<string, Tensor>> {
  const where = "readNpz";
  const selection = withDefaults(where, options, { ...CHOICE_DEFAULTS, maxBytes: 2 ** 31 });
  requireWhole(where, "maxBytes", selection.maxBytes, 0, Number.MAX_SAFE_INTEGER);
  return readAll(where, file, (bytes, within) => decodeNpz(within, bytes, selection));
}

/**
 * Writes tensors as `np.savez` does, without compression. The former file stays until the new one is complete.
 *
 * @throws FileError when the host cannot write the file
 * @throws RangeError when the file would have 4 GiB or more
 */
export async function writeNpz(path: string | UrlLike, record: Readonly<Record<string, TensorLike>>): Promise<void> {
  await writeFile("writeNpz", path, [encodeNpz("writeNpz", record)]);
}

/**
 * The bytes of a .npz file, as `writeNpz` writes it; the same record always gives the same bytes.
 * @throws RangeError when they would be 4 GiB or more
 */
export function toNpz(record: Readonly<Record<string, TensorLike>>): Uint8Array<ArrayBuffer> {
  return encodeNpz("toNpz", record);
}
