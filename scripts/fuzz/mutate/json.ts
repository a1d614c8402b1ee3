import type { Draw } from "../draw.ts";
import { border } from "./bytes.ts";

/** Stands for deep nesting, which `JSON.stringify` cannot write. */
const DEEP = "\u0001deep";
/** Stands for a number that JSON allows and no double holds. */
const HUGE = "\u0001huge";

const TEXTS: readonly [string, ...string[]] = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "then",
  "0",
  "-1",
  "NaN",
  "Infinity",
  "-0",
  "a/b",
  "../../etc/passwd",
  "\u0000",
  "\u001b[2J",
  "\ud800",
  "\u{1f600}",
  "\ufeff",
  "x".repeat(100),
  "x".repeat(5000),
];

type Branch = unknown[] | Record<string, unknown>;

/** A place in a JSON value. */
interface Place {
  readonly parent: Branch;
  readonly key: string;
}

/**
 * Changes one to three places of a JSON value, in place, and returns it.
 * @param words values that mean something to the reader
 */
export function mutateJson(draw: Draw, value: unknown, words: readonly unknown[] = []): unknown {
  const holder: Record<string, unknown> = { root: value };
  for (let left = 1 + draw.below(3) * draw.below(2); left > 0; left--) {
    const places = placesIn(holder);
    const place = draw.chance(0.5) ? draw.pick(places) : walked(draw, holder);
    if (place) change(draw, place, places, words);
  }
  return holder["root"];
}

/** JSON text of what `mutateJson` made. */
export function printJson(draw: Draw, value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  const levels = draw.pick([10, 70, 150, 5000, 100_000]);
  const [open, close] = draw.chance(0.5) ? ["[", "]"] : ['{"a":', "}"];
  return text
    .replaceAll(JSON.stringify(DEEP), () => `${open.repeat(levels)}1${close.repeat(levels)}`)
    .replaceAll(JSON.stringify(HUGE), () =>
      draw.pick(["1e999", "-1e999", "1e-999", "-0", "0.1e1", "9007199254740993"]),
    );
}

function change(draw: Draw, { parent, key }: Place, places: readonly Place[], words: readonly unknown[]): void {
  const value: unknown = Reflect.get(parent, key);
  const kind = draw.below(10);
  if (kind === 0) return remove(parent, key);
  if (kind === 1) return insert(draw, parent, key, structuredClone(value));
  if (kind === 2) return rename(draw, parent, key);
  if (kind === 3) return empty(value);
  if (kind === 4) {
    const other = draw.pick(places);
    if (other) put(parent, key, structuredClone(Reflect.get(other.parent, other.key)));
    return;
  }
  if (kind === 5) return insert(draw, parent, key, anything(draw, words));
  if (kind < 8 && (typeof value === "number" || typeof value === "string" || typeof value === "boolean")) {
    return put(parent, key, near(draw, value));
  }
  put(parent, key, anything(draw, words));
}

function anything(draw: Draw, words: readonly unknown[]): unknown {
  const kind = draw.below(12);
  if (kind < 4 && words.length > 0) return structuredClone(draw.pick(words));
  if (kind < 6) return draw.chance(0.2) ? -border(draw) : border(draw);
  if (kind < 8) return draw.pick(TEXTS);
  return draw.pick<unknown>([null, true, false, 0.5, -1, 1e308, -0, [], {}, [[]], [1, 2, 3], { a: 1 }, HUGE, DEEP]);
}

/** A value like another: numbers and texts are changed a little. */
function near(draw: Draw, value: number | string | boolean): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") {
    const at = draw.below(value.length + 1);
    const letter = draw.pick(["x", "0", ".", "/", "_", " ", "\u0000", "\u00e9", ""]);
    return value.slice(0, at) + letter + value.slice(at + draw.below(2));
  }
  return draw.pick([value + 1, value - 1, -value, value * 2, value / 2, value + 0.5, String(value), value * 1e6]);
}

/** A place at the end of a walk from the root: few places near it are as likely as many far from it. */
function walked(draw: Draw, root: Branch): Place | undefined {
  let place: Place | undefined;
  for (let parent: unknown = root; isBranch(parent) && !(place && draw.chance(0.25));) {
    const key = draw.pick(Object.keys(parent));
    if (key === undefined) break;
    place = { parent, key };
    parent = Reflect.get(parent, key);
  }
  return place;
}

function placesIn(root: object): Place[] {
  const places: Place[] = [];
  const visit = (parent: Branch): void => {
    for (const key of Object.keys(parent)) {
      places.push({ parent, key });
      const value: unknown = Reflect.get(parent, key);
      if (isBranch(value)) visit(value);
    }
  };
  if (isBranch(root)) visit(root);
  return places;
}

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}

/** Sets a property, which may be `__proto__`. */
function put(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
}

function remove(parent: Branch, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function insert(draw: Draw, parent: Branch, key: string, value: unknown): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 0, value);
  else put(parent, draw.chance(0.5) ? draw.pick(TEXTS) : `${key}${draw.pick(["2", ".weight", "'", "/0"])}`, value);
}

function rename(draw: Draw, parent: Branch, key: string): void {
  const value: unknown = Reflect.get(parent, key);
  remove(parent, key);
  insert(draw, parent, key, value);
}

function empty(value: unknown): void {
  if (Array.isArray(value)) value.length = 0;
  else if (isBranch(value)) for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
}
