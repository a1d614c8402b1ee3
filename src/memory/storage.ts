import { type Lease, end, lend } from "./lease.ts";
import { allocate, integersAt } from "./memory.ts";

let writes = 0;

/** Counts writes to variables: while it stands still, constants computed from variables stay valid. */
export function contentEpoch(): number {
  return writes;
}

/** A block of kernel memory, given back when nothing refers to it any more. */
export class Storage {
  readonly address: number;
  /** The content epoch of its last write. */
  writtenAt = ++writes;
  /** Memory of this size that the garbage collector sees, never touched and so never real: it makes the collector run in time. */
  readonly ballast: ArrayBuffer;
  readonly #lease: Lease;

  constructor(readonly bytes: number) {
    this.address = allocate(bytes);
    this.ballast = new ArrayBuffer(bytes);
    this.#lease = lend(this, this.address, bytes);
  }

  /** Marks its numbers as written now. */
  markWritten(): void {
    this.writtenAt = ++writes;
  }

  /** Copies its numbers; the function returned puts them back. */
  save(): () => void {
    const words = integersAt(this.address, this.bytes / 4).slice();
    return () => {
      integersAt(this.address, words.length).set(words);
      this.markWritten();
    };
  }

  /** Gives the block back at once; nothing may refer to it any more. */
  free(): void {
    end(this.#lease);
  }
}
