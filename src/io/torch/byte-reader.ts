import { FormatError, shown } from "../../base/errors.ts";

/** Bytes of a pickle that are read from front to end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @param at where reading starts, and then where it is */
  constructor(
    readonly where: string,
    bytes: Uint8Array,
    public at = 0,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** The only big-endian number of pickles. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** 64 bits, signed. */
  int64(): number {
    return this.whole(8);
  }

  /** A two's complement number of any length that is a safe integer. */
  whole(length: number): number {
    const start = this.#advance(length);
    if (length > 8)
      throw new FormatError(`${this.where}: whole numbers must be within 2^53; got one of ${length} bytes`);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#view.getUint8(start + i));
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    if (Number.isSafeInteger(number)) return number;
    throw new FormatError(`${this.where}: whole numbers must be within 2^53; got ${signed}`);
  }

  /** Text of `length` bytes of UTF-8. */
  text(length: number): string {
    const start = this.#advance(length);
    return this.#decoded(start, start + length);
  }

  /** Text up to a line feed, without it. */
  line(): string {
    const start = this.at;
    const end = this.#bytes.indexOf(10, start);
    if (end < 0) throw this.#cutOff(1);
    this.at = end + 1;
    return this.#decoded(start, end);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** The next bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Moves behind `length` bytes; returns where they start. */
  #advance(length: number): number {
    const start = this.at;
    if (length < 0 || length > this.#bytes.length - start) throw this.#cutOff(length);
    this.at = start + length;
    return start;
  }

  #cutOff(length: number): FormatError {
    const left = this.#bytes.length - this.at;
    return new FormatError(`${this.where}: the file must hold ${shown(length)} bytes more at ${this.at}; got ${left}`);
  }

  #decoded(start: number, end: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(start, end));
    } catch {
      throw new FormatError(`${this.where}: text must be UTF-8; got other bytes at ${start}`);
    }
  }
}
