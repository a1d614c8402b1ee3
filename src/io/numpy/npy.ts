import type { UrlLike } from "../../base/url.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import type { FileLike } from "../../files/source.ts";
import { writeFile } from "../../files/write.ts";
import { readAll } from "../../files/read-all.ts";
import { decodeNpy } from "./decode.ts";
import { npyParts } from "./encode.ts";

/**
 * The array of a .npy file, of version 1.0, 2.0 or 3.0, in either order of bytes and of axes. Numbers and booleans become
 * float32 or int32, as by `readSafetensors`; arrays of objects, strings, dates, complex or structured values are refused.
 *
 * @throws FormatError when the file is damaged, or its numbers are refused
 * @throws FileError when the host cannot read the file
 */
export async function readNpy(file: FileLike): Promise<Tensor> {
  return readAll("readNpy", file, (bytes, within) => decodeNpy(within, "of the file", bytes, true));
}

/**
 * Writes a tensor as `np.save` does. The former file stays until the new one is complete.
 *
 * @throws FileError when the host cannot write the file
 * @throws ShapeError when the tensor has more than 32 axes
 */
export async function writeNpy(path: string | UrlLike, tensor: TensorLike): Promise<void> {
  await writeFile("writeNpy", path, npyParts("writeNpy", tensor));
}
