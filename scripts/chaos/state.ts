/** What a training left, as text that is equal only if every bit is. */
import { readFileSync } from "node:fs";
import { printBytes } from "./bytes.ts";

/** Numbers, words and tensors by their paths, `trainer.optimizer.state.0.exp_avg`. */
export type State = Readonly<Record<string, string>>;

/** The tensors of a safetensors file, by the published layout: 8 bytes of length, a header in JSON, the bytes. */
export function stateOfFile(file: string, path: string): State {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, HeaderEntry>;
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    tensors.map(([name, { dtype, shape, data_offsets: offsets }]) => {
      const numbers = bytes.subarray(start + offsets[0], start + offsets[1]);
      return [`${path}.${name}`, printBytes(`${dtype} [${shape.join(", ")}]`, numbers)];
    }),
  );
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** What differs, in one line; undefined if nothing does. */
export function difference(expected: State, actual: State): string | undefined {
  const paths = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  const differing = paths.filter((path) => expected[path] !== actual[path]);
  const [path] = differing;
  if (path === undefined) return undefined;
  const [was, is] = [expected[path], actual[path]].map((text) => (text === undefined ? "nothing" : shortened(text)));
  return `${differing.length} of ${paths.length} values differ, first ${path}: expected ${was}; got ${is}`;
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
