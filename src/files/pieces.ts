import type { ByteSource } from "./source.ts";

const LARGEST = 2 ** 20; // bytes: small enough for the cache of a processor

/** Reads bytes one piece after the other into memory that it uses again; one call at a time. */
export class PieceReader {
  /** While one piece is taken, the next is read into the other memory. */
  #free: readonly Uint8Array<ArrayBuffer>[] = [];

  constructor(readonly source: ByteSource) {}

  /**
   * Gives the bytes in [start, end) to `take`, in pieces whose length is a multiple of 8, except for the last.
   * @param take gets a piece at the start of its buffer, and where it lies in the source; the bytes change after it returns
   * @throws what `take` and the source throw
   */
  async each(start: number, end: number, take: (piece: Uint8Array<ArrayBuffer>, start: number) => void): Promise<void> {
    const size = Math.min(LARGEST, end - start);
    if (size > (this.#free[0]?.length ?? 0)) this.#free = [new Uint8Array(size), new Uint8Array(size)];
    let [now, later] = this.#free;
    if (!now || !later) return;
    let reading = this.#read(now, start, end);
    for (let at = start; at < end; at += LARGEST) {
      const piece = await reading;
      if (at + LARGEST < end) {
        reading = this.#read(later, at + LARGEST, end);
        reading.catch(() => undefined); // if `take` throws, nobody waits for it
        [now, later] = [later, now];
      }
      take(piece, at);
    }
  }

  async #read(into: Uint8Array<ArrayBuffer>, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const piece = into.subarray(0, Math.min(LARGEST, end - start));
    await this.source.readInto(piece, start);
    return piece;
  }
}
