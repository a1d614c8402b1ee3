import { kindOf } from "./kind.ts";

const LONGEST = 60; // characters
const DEEPEST = 3; // levels of arrays and objects, which may be circular
const MOST = 20; // elements of an array, names of an object

/** A value for an error message, at most 60 characters in one line: strings in quotes, so that "0.5" differs from 0.5. */
export function shown(value: unknown): string {
  const text = visible(printed(value, 0));
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3)}...`;
}

/** A function by its name, `adam that was not called`; another value as `shown` prints it. */
export function shownMaker(value: unknown): string {
  return typeof value === "function" && value.name ? `${value.name} that was not called` : shown(value);
}

/** Names for an error message, at most 60 characters in one line; `none` for no names. */
export function shownNames(names: readonly string[]): string {
  const text = visible(names.slice(0, MOST).join(", ")) || "none";
  const isWhole = names.length <= MOST && text.length <= LONGEST;
  return isWhole ? text : `${text.slice(0, LONGEST - 3)}...`;
}

/** Text from a file for an error message: control characters, which a terminal obeys, as `\u001b`. */
export function visible(text: string): string {
  return text.replaceAll(/\p{Control}/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function printed(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  try {
    return printedObject(value, depth);
  } catch {
    return "an object"; // its properties throw
  }
}

function printedObject(value: object, depth: number): string {
  if (Array.isArray(value)) {
    if (depth === DEEPEST) return "[...]";
    const shownOf = Array.from({ length: Math.min(value.length, MOST) }, (_, i) => printed(value[i], depth + 1));
    return `[${shownOf.join(",")}${value.length > MOST ? ",..." : ""}]`;
  }
  const kind = kindOf(value) ?? classOf(value);
  if (kind !== undefined) return kind;
  if (depth === DEEPEST) return "{...}";
  const names = Object.keys(value).slice(0, MOST);
  return `{${names.map((name) => `${JSON.stringify(name)}:${printed(Reflect.get(value, name), depth + 1)}`).join(",")}}`;
}

/** `a Date`; undefined for objects of no class. */
function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null || Object.getPrototypeOf(prototype) === null)
    return undefined;
  const maker: unknown = Reflect.get(value, "constructor");
  const name = typeof maker === "function" && maker.name !== "" ? maker.name : "object";
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
