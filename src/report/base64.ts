const PIECE = 3 * 2 ** 13; // bytes whose text is made at once: no padding in between

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
    btoa(String.fromCharCode(...bytes.subarray(i * PIECE, (i + 1) * PIECE))),
  );
  return pieces.join("");
}

/** The bytes of base64; undefined for another text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return undefined;
  }
}
