import type { Files, Sha256 } from "#platform";

/** Stands where the checksum of a file will stand: the checksum is that of the file with this in its place. */
export const NO_CHECKSUM = "0".repeat(64);

/** `"sha256":"<64 digits>"`, as it stands in the header of a checkpoint. */
const FIELD = new TextEncoder().encode('"sha256":"');

/**
 * The file with its checksum, which is that of all its bytes while the checksum is 64 zeros.
 * @param chunks the file; the first chunk has `"sha256":"000...0"` in it, once
 */
export function withChecksum(files: Files, chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const [header = new Uint8Array(), ...rest] = chunks;
  const sealed = header.slice();
  sealed.set(new TextEncoder().encode(sumOf(files, chunks)), placeOf(header) ?? NaN);
  return [sealed, ...rest];
}

/** Whether a file that is read in parts has the checksum of its bytes. */
export class Checksum {
  readonly #hash: Sha256;
  readonly #written: string | undefined;

  /** @param header the bytes before the numbers */
  constructor(files: Files, header: Uint8Array) {
    this.#hash = files.sha256();
    const place = placeOf(header);
    if (place === undefined) return;
    const end = place + NO_CHECKSUM.length;
    this.#written = new TextDecoder().decode(header.subarray(place, end));
    for (const part of [header.subarray(0, place), new TextEncoder().encode(NO_CHECKSUM), header.subarray(end)]) {
      this.#hash.update(part);
    }
  }

  /** Adds the numbers that follow in the file. */
  add({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): void {
    this.#hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** Whether the header has the checksum of all that was added; the last call. */
  isRight(): boolean {
    return this.#hash.digest() === this.#written;
  }
}

function sumOf(files: Files, chunks: readonly Uint8Array[]): string {
  const hash = files.sha256();
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

/** Bytes from the start of a file to the digits of its checksum. */
function placeOf(file: Uint8Array): number | undefined {
  for (let i = 0; i + FIELD.length + NO_CHECKSUM.length < file.length; i++) {
    if (file[i] === FIELD[0] && FIELD.every((byte, j) => file[i + j] === byte)) return i + FIELD.length;
  }
  return undefined;
}
