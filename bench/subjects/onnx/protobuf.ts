/** The wire format of protocol buffers, as far as an ONNX model needs it; a message is the concatenation of its fields. */
type Field = Uint8Array;

/** A field that is text, bytes or a message. */
export function bytes(field: number, value: string | Uint8Array | readonly Field[]): Field {
  const content = typeof value === "string" ? Buffer.from(value) : value instanceof Uint8Array ? value : concat(value);
  return concat([varint((field << 3) | 2), varint(content.length), content]);
}

/** A field that is an integer of at least 0. */
export function whole(field: number, value: number): Field {
  return concat([varint(field << 3), varint(value)]);
}

export function concat(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A varint: seven bits for each byte, lowest first; the eighth bit is 1 if another byte follows. */
function varint(value: number): Field {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}
