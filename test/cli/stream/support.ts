/** Inputs for readers of streams. */
import type { InputRow, InputRows } from "../../../src/cli/stream/row.ts";
import type { TextInput } from "../../../src/cli/stream/text.ts";

/** Bytes in pieces of some size. */
export function inputOf(text: string | Uint8Array, size = Infinity): TextInput {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const pieces = (async function* (): AsyncGenerator<Uint8Array> {
    const step = Math.min(size, Math.max(1, bytes.length));
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  })();
  return { name: "x", bytes: pieces, ahead: [], close: () => undefined };
}

/** The rows that come, and the message of the error after them. */
export async function read(pieces: InputRows): Promise<{ rows: InputRow[]; error: string | undefined }> {
  const rows: InputRow[] = [];
  try {
    for await (const some of pieces) rows.push(...some);
  } catch (error) {
    return { rows, error: error instanceof Error ? error.message : String(error) };
  }
  return { rows, error: undefined };
}

/** Whole numbers from 0 to below a limit, the same ones for a seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
