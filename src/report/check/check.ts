import { FormatError } from "../../base/errors.ts";
import { isRecord } from "../../base/record.ts";
import { shown } from "../../base/shown.ts";
import type { Json } from "../run/record.ts";

/**
 * Checks a value of JSON, and gives it.
 * @param path where it is: `runs[0].epochs[3].loss`
 * @throws FormatError when it is something else
 */
export type Check<T> = (value: unknown, path: string) => T;

const DEEPEST = 100; // levels of values of any form

export function refuse(path: string, must: string, value: unknown): never {
  throw new FormatError(`${path} must be ${must}; got ${shown(value)}`);
}

function rule<T>(must: string, holds: (value: unknown) => value is T): Check<T> {
  return (value, path) => (holds(value) ? value : refuse(path, must, value));
}

export const text = rule("text", (value): value is string => typeof value === "string");
export const truth = rule("true or false", (value): value is boolean => typeof value === "boolean");
export const finite = rule("a finite number", (value): value is number => Number.isFinite(value));
export const whole = rule(
  "a whole number of at least 0",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const share = rule(
  "a number from 0 to 1",
  (value): value is number => typeof value === "number" && value >= 0 && value <= 1,
);

/** A text of a form, described in words. */
export function textLike(pattern: RegExp, must: string): Check<string> {
  return rule(must, (value): value is string => typeof value === "string" && pattern.test(value));
}

/** One of a few values. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  const must = values.map((value) => JSON.stringify(value)).join(" or ");
  return rule(must, (value): value is T => values.some((each) => each === value));
}

export function nullOr<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((each: unknown, i) => check(each, `${path}[${i}]`))
      : refuse(path, "an array", value);
}

/** An object of any names. */
export function record<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) return refuse(path, "an object", value);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, check(each, member(path, name))]));
  };
}

/** An object of exactly these names: the compiler refuses a missing or unknown one. */
export function object<T extends object>(checks: { readonly [Name in keyof T]-?: Check<T[Name]> }): Check<T> {
  const known = Object.entries<Check<unknown>>(checks);
  const names = new Set(known.map(([name]) => name));
  return (value, path) => {
    if (!isRecord(value)) return refuse(path, "an object", value);
    const unknown = Object.keys(value).find((name) => !names.has(name));
    if (unknown !== undefined) throw new FormatError(`${path} must have known names; got ${shown(unknown)}`);
    const own = (name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined);
    return Object.fromEntries(known.map(([name, check]) => [name, check(own(name), member(path, name))])) as T;
  };
}

/** The same with a further rule: `holds` calls `refuse` if it is broken. */
export function also<T>(check: Check<T>, holds: (value: T, path: string) => void): Check<T> {
  return (value, path) => {
    const checked = check(value, path);
    holds(checked, path);
    return checked;
  };
}

/** Any value of JSON. */
export const json: Check<Json> = (value, path) => jsonWithin(value, path, DEEPEST);

function jsonWithin(value: unknown, path: string, levels: number): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return finite(value, path);
  if (levels === 0) throw new FormatError(`${path} must have at most ${DEEPEST} levels; got more`);
  const inner: Check<Json> = (each, at) => jsonWithin(each, at, levels - 1);
  return Array.isArray(value) ? list(inner)(value, path) : record(inner)(value, path);
}

function member(path: string, name: string): string {
  return /^\w+$/.test(name) ? `${path}.${name}` : `${path}[${shown(name)}]`;
}
