import { Tensor } from "lanegrad";
import { printBytes } from "./bytes.ts";
import type { State } from "./state.ts";

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
