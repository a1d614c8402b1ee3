/** Chunks one after the other; `size` is their bytes in all. */
export function joined(chunks: Iterable<Uint8Array>, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
