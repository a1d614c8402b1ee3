/** Bytes of WebAssembly's binary format, in pieces that are joined at the end, so that weights are copied once. */
export type Bytes = number | Uint8Array | readonly Bytes[];

/** An unsigned integer (LEB128). */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** A signed integer of 32 bits (LEB128). */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127];
    bytes.push((rest & 127) | 128);
  }
}

/** A number of each length of float, little-endian. */
export function float(value: number, bits: 32 | 64): Uint8Array {
  const view = new DataView(new ArrayBuffer(bits / 8));
  if (bits === 32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}

/** Bytes after their number. */
export function counted(bytes: Bytes): Bytes {
  return [unsigned(lengthOf(bytes)), bytes];
}

/** A list after its length. */
export function list(items: readonly Bytes[]): Bytes {
  return [unsigned(items.length), items];
}

export function name(text: string): Bytes {
  return counted(new TextEncoder().encode(text));
}

export function section(id: number, content: Bytes): Bytes {
  return [id, counted(content)];
}

export function lengthOf(bytes: Bytes): number {
  if (typeof bytes === "number") return 1;
  if (bytes instanceof Uint8Array) return bytes.length;
  return bytes.reduce((sum: number, each) => sum + lengthOf(each), 0);
}

/** All pieces in one array. */
export function joined(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(lengthOf(bytes));
  let at = 0;
  const write = (each: Bytes): void => {
    if (typeof each === "number") all[at++] = each;
    else if (each instanceof Uint8Array) {
      all.set(each, at);
      at += each.length;
    } else each.forEach(write);
  };
  write(bytes);
  return all;
}
