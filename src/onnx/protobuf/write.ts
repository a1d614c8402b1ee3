/** Bytes of a message that is being written. Long arrays are not copied before the end. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];
  #pending: number[] = [];
  #size = 0;

  /** Bytes written so far. */
  get size(): number {
    return this.#size + this.#pending.length;
  }

  tag(field: number, wire: number): void {
    this.integer(field * 8 + wire);
  }

  /** A whole number from -2^63 to 2^64 - 1; numbers above that are written as 2^63 - 1, the format's "to the end". */
  integer(value: number): void {
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.#wide(value >= 2 ** 63 ? (1n << 63n) - 1n : BigInt.asUintN(64, BigInt(value)));
      return;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#pending.push((rest % 128) | 128);
    this.#pending.push(rest);
  }

  float32(value: number): void {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    this.#append(new Uint8Array(view.buffer));
  }

  float64(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.#append(new Uint8Array(view.buffer));
  }

  /** Bytes with their length before them. They must not change until `finish`. */
  bytes(bytes: Uint8Array): void {
    this.integer(bytes.length);
    this.#append(bytes);
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  /** What `write` writes, with its length before it. */
  within(write: (writer: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.integer(inner.size);
    inner.#flush();
    for (const chunk of inner.#chunks) this.#append(chunk);
  }

  /** All that was written. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  #wide(value: bigint): void {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) this.#pending.push(Number(rest & 127n) | 128);
    this.#pending.push(Number(rest));
  }

  /** Short arrays join what is pending, so that a message of many numbers is not many chunks. */
  #append(bytes: Uint8Array): void {
    if (bytes.length <= 64) {
      this.#pending.push(...bytes);
      return;
    }
    this.#flush();
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const chunk = Uint8Array.from(this.#pending);
    this.#pending = [];
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}
