import { spend } from "./budget.ts";
import { type Lease, end, lend } from "./lease.ts";
import { allocate, integersAt } from "./memory.ts";

let writes = 0;

/** Counts writes to variables: while it does not change, constants computed from variables stay valid. */
export function contentEpoch(): number {
  return writes;
}

/** A block of kernel memory, released after the object became garbage. */
export class Storage {
  readonly address: number;
  /** The content epoch of its last write. */
  writtenAt = ++writes;
  /** An untouched array of this size, without physical memory: its size makes the garbage collector run in time. */
  readonly ballast: ArrayBuffer;
  readonly #lease: Lease;

  constructor(readonly bytes: number) {
    spend(bytes);
    this.address = allocate(bytes);
    this.ballast = new ArrayBuffer(bytes);
    this.#lease = lend(this, this.address, bytes);
  }

  /** Records a write to its numbers. */
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

  /** Releases the block at once; no variable may use it. */
  free(): void {
    end(this.#lease);
  }
}
