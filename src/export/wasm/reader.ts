/** Reads numbers of WebAssembly's binary format (https://webassembly.github.io/spec/core/binary/). */
export class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error(`wasm: the module must be whole; got its end at byte ${this.at - 1}`);
    return byte;
  }

  /** An unsigned integer of at most 32 bits (LEB128). */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** A signed integer of at most 32 bits (LEB128). */
  signed(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return shift < 25 && byte & 64 ? value | (-1 << (shift + 7)) : value;
    }
  }

  /** The next `length` bytes. */
  bytes(length: number): Uint8Array {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** A reader of the next bytes, whose number comes first. */
  part(): Reader {
    return new Reader(this.bytes(this.unsigned()));
  }

  /** A list, whose length comes first. */
  list<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.unsigned()));
  }
}
