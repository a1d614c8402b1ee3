/** Bytes of a cache line, at which every block begins. */
const LINE = 64;

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

  /** The address of a new block. */
  take(bytes: number): number {
    const address = Math.ceil(this.#end / LINE) * LINE;
    this.#end = address + bytes;
    return address;
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
