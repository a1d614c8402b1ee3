import { FormatError, shown } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { tensorFrom } from "../elements.ts";
import { contiguous, requireInside } from "../strided.ts";
import type { Materialize } from "./tree.ts";
import type { Pickled, StorageRef } from "./values.ts";

/** An object and the storages of its tensors, as a file holds them. */
export interface Saved {
  readonly root: Pickled;
  /** Bytes of the pickle of `root`. */
  readonly pickleBytes: number;
  /** The bytes of a storage: as many as its length says. */
  bytesOf(storage: StorageRef): Uint8Array;
  readonly isLittle: boolean;
}

const FREE = 2 ** 22; // numbers, 16 MiB, that views may hold beyond one for each byte of the file

/**
 * Makes tensors of views of storages. Views may repeat numbers, as an expanded tensor does: the numbers of all tensors
 * together are bounded by the size of the file.
 */
export function materializer(where: string, saved: Saved, fileBytes: number): Materialize {
  let left = fileBytes + FREE;
  return (what, { storage, view }) => {
    requireInside(where, what, view, storage.length);
    left -= sizeOf(view.shape);
    if (left < 0) {
      const most = fileBytes + FREE;
      throw new FormatError(
        `${where}: tensors of a file of ${fileBytes} bytes must hold at most ${most} numbers; got more at ${what}, ${shown(view.shape)}`,
      );
    }
    const { type } = storage;
    const bytes = contiguous(saved.bytesOf(storage), type.bytes, view);
    return tensorFrom(where, what, view.shape, type, bytes, saved.isLittle);
  };
}
