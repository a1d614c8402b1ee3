let bytes: Promise<Uint8Array> | undefined;

/** All bytes of standard input, which is read once. */
export function standardInput(): Promise<Uint8Array> {
  return (bytes ??= allBytes());
}

async function allBytes(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin) pieces.push(piece);
  return Buffer.concat(pieces);
}
