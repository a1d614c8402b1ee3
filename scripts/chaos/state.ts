/** What a training left, as text that is equal only if every bit is. */
import { readFileSync } from "node:fs";
import { Tensor } from "lanegrad";

/** A number, a word or a tensor by its path, `trainer.optimizer.state.0.exp_avg`. */
export type State = Readonly<Record<string, string>>;

/** What each process measures anew. */
const MEASURED = new Set(["seconds"]);

/** The leaves of nested objects and arrays; tensors and typed arrays with their bytes in hexadecimal digits. */
export function flat(value: unknown, path: string): State {
  if (value instanceof Tensor) return { [path]: printBytes(`${value.dtype} [${value.shape.join(", ")}]`, value.data) };
  if (ArrayBuffer.isView(value)) return { [path]: printBytes(value.constructor.name, value) };
  if (typeof value === "number") return { [path]: `number ${Object.is(value, -0) ? "-0" : value}` };
  if (typeof value !== "object" || value === null) return { [path]: `${typeof value} ${String(value)}` };
  const entries = Object.entries(value).filter(([name]) => !MEASURED.has(name));
  const parts = entries.map(([name, each]) => flat(each, `${path}.${name}`));
  return Object.assign({ [path]: Array.isArray(value) ? "array" : "object" }, ...parts) as State;
}

/** The tensors of a safetensors file, by the published layout: 8 bytes of length, a header in JSON, the bytes. */
export function stateOfFile(file: string, path: string): State {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, HeaderEntry>;
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [`${path}.${name}`, printBytes(`${dtype} [${shape.join(", ")}]`, bytes.subarray(start + from, start + to))],
    ),
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

function printBytes(kind: string, { buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return `${kind} ${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
