import { shown } from "../../base/errors.ts";
import type { Json } from "./record.ts";

/**
 * A copy of plain data as JSON holds them: finite numbers, text, true, false, null, arrays, plain objects and what has `toJSON`.
 * @throws TypeError when a part is nothing of these
 */
export function jsonOf(where: string, name: string, value: unknown): Json {
  return copied(where, name, value, new Set());
}

function copied(where: string, name: string, value: unknown, outer: ReadonlySet<object>): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "object" && !outer.has(value)) {
    const within = new Set([...outer, value]);
    const toJSON: unknown = Reflect.get(value, "toJSON");
    if (typeof toJSON === "function") return copied(where, name, Reflect.apply(toJSON, value, []), within);
    if (Array.isArray(value)) return value.map((each, i) => copied(where, `${name}[${i}]`, each, within));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      const entries = Object.entries(value).filter(([, each]) => each !== undefined);
      return Object.fromEntries(entries.map(([key, each]) => [key, copied(where, `${name}.${key}`, each, within)]));
    }
  }
  throw new TypeError(`${where}: ${name} must be plain JSON, without circles; got ${shown(value)}`);
}

/** A number as JSON holds it: null if it is not finite or missing. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
