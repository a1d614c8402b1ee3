import { FormatError } from "../../base/errors.ts";

/** How a value lies in the bytes, by the number that stands in its tag. */
export const WIRE = { varint: 0, bits64: 1, length: 2, bits32: 5 } as const;

/** Messages within messages, at most: the limit of the reference implementation. */
const DEEPEST = 100;

/** Bytes of a message that are read from front to end. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #depth: number;
  #at: number;
  readonly #end: number;

  /** @param where the function and the file, for messages */
  constructor(
    readonly where: string,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
    depth = 0,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The number of the next field, and the wire type of its value. */
  tag(): { readonly field: number; readonly wire: number } {
    const start = this.#at;
    const tag = this.uint32();
    const field = tag >>> 3;
    if (field === 0) throw new FormatError(`${this.where}: fields must have numbers from 1; got 0 at byte ${start}`);
    return { field, wire: tag & 7 };
  }

  /** A whole number below 2^32. */
  uint32(): number {
    const start = this.#at;
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128 && value < 2 ** 32) return value;
      if (byte < 128) break;
    }
    throw new FormatError(`${this.where}: tags and lengths must be below 2^32; got more at byte ${start}`);
  }

  /** 64 bits, signed, rounded to float64: numbers beyond 2^53 mean no more than "to the end" in this format. */
  int64(): number {
    const { low, high } = this.#words();
    return (high | 0) * 2 ** 32 + low;
  }

  /** 64 bits, unsigned, rounded to float64. */
  uint64(): number {
    const { low, high } = this.#words();
    return high * 2 ** 32 + low;
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** Bytes with their length before them, as a view of the file. */
  bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Text with its length before it. */
  text(): string {
    const start = this.#at;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes());
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw new FormatError(`${this.where}: text must be UTF-8; got other bytes at byte ${start}`);
    }
  }

  /** A reader of what stands behind a length: a message, or packed numbers. */
  within(): ProtobufReader {
    const length = this.uint32();
    const start = this.#advance(length);
    if (this.#depth < DEEPEST) {
      return new ProtobufReader(this.where, this.#bytes, start, start + length, this.#depth + 1);
    }
    throw new FormatError(`${this.where}: at most ${DEEPEST} messages must be nested; got more at byte ${start}`);
  }

  /** Moves behind a value of no interest. */
  skip(wire: number): void {
    if (wire === WIRE.varint) this.#words();
    else if (wire === WIRE.bits64) this.#advance(8);
    else if (wire === WIRE.length) this.#advance(this.uint32());
    else if (wire === WIRE.bits32) this.#advance(4);
    else this.refuse(wire);
  }

  /** @throws FormatError that names the wire type before here */
  refuse(wire: number, must = "0, 1, 2 or 5"): never {
    throw new FormatError(`${this.where}: the wire type must be ${must}; got ${wire} before byte ${this.#at}`);
  }

  /** A varint of at most ten bytes. */
  #words(): { readonly low: number; readonly high: number } {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32); // bits above the 64th fall off, as in the reference implementation
      if (byte < 128) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new FormatError(`${this.where}: numbers must have at most ten bytes; got more at byte ${start}`);
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  /** Moves behind `length` bytes; returns where they start. */
  #advance(length: number): number {
    const start = this.#at;
    const left = this.#end - start;
    if (length > left) {
      throw new FormatError(`${this.where}: the message must have ${length} bytes more at byte ${start}; got ${left}`);
    }
    this.#at = start + length;
    return start;
  }
}
