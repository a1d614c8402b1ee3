import { printAmount } from "../base/print.ts";

/** Bytes of a cache line, at which every block begins. */
const LINE = 64;

/** Bytes that addresses of 32 bits reach. */
const MOST_BYTES = 2 ** 32;

/** Memory that is given out from its start on. */
export class Room {
  #end: number;

  /** @param start bytes that are in use */
  constructor(start: number) {
    this.#end = start;
  }

  /** Bytes in use. */
  get end(): number {
    return this.#end;
  }

  /** The address of a new block. @throws RangeError when memory ends before it does */
  take(bytes: number): number {
    const address = Math.ceil(this.#end / LINE) * LINE;
    this.#end = address + bytes;
    if (this.#end <= MOST_BYTES) return address;
    const must = "inputs, outputs, weights and results must take at most 4 GiB of memory";
    throw new RangeError(`exportWasm: ${must}; got ${printAmount(this.#end, "B")} or more`);
  }
}

/** A block of a room, which takes its place when it is first asked for its address. */
export class Block {
  readonly #room: Room;
  readonly bytes: number;
  #address: number | undefined;

  constructor(room: Room, bytes: number) {
    this.#room = room;
    this.bytes = bytes;
  }

  get address(): number {
    return (this.#address ??= this.#room.take(this.bytes));
  }

  get isPlaced(): boolean {
    return this.#address !== undefined;
  }
}
