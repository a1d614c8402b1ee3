/** `float32 [2] 0000803f00000040`: what numbers are, and their bytes in hexadecimal digits. */
export function printBytes(kind: string, { buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return `${kind} ${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
}
