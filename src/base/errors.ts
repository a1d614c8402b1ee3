import { isRecord } from "./record.ts";
import { shown, shownMaker } from "./shown.ts";

export { shown, shownMaker };

/** Thrown when sizes do not fit together. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** Thrown when the entries of a state dict are not those of the model. */
export class StateDictError extends Error {
  override name = "StateDictError";
}

/** Thrown when bytes are not as the format of their file requires. */
export class FormatError extends Error {
  override name = "FormatError";
}

/** Thrown when the host could not read or write a file. */
export class FileError extends Error {
  override name = "FileError";
  /** The system's code, as `ENOSPC` for a full disk; undefined without one. */
  readonly code: string | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly code?: string | undefined } = {}) {
    super(message, options);
    this.code = options.code;
  }
}

/** Thrown when a loss is NaN or infinite or, with the `debug` setting, any value is. */
export class NonFiniteError extends Error {
  override name = "NonFiniteError";
}

/**
 * Requires an instance of `kind`, a class of this library; the error names instances of another copy of the library.
 * @param name the kind with its article: `a module`
 */
export function requireInstance(
  where: string,
  what: string,
  value: unknown,
  kind: { [Symbol.hasInstance](value: unknown): boolean },
  name: string,
): void {
  if (value instanceof kind) return;
  throw new TypeError(`${where}: ${what} must be ${name}; got ${shownMaker(value)}`);
}

/** Requires true or false. */
export function requireSwitch(where: string, name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(`${where}: ${name} must be true or false; got ${shown(value)}`);
}

/** Requires true or false for options of these names, where they are given. */
export function requireSwitches(where: string, options: object, ...names: readonly string[]): void {
  for (const name of names) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined) requireSwitch(where, name, value);
  }
}

/** Requires an array, of anything. */
export function requireArray(where: string, name: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new TypeError(`${where}: ${name} must be an array; got ${shown(value)}`);
}

/** Requires an object of names and values. @param of the values, in words: `functions` */
export function requireRecord(where: string, name: string, value: unknown, of: string): void {
  if (isRecord(value)) return;
  throw new TypeError(`${where}: ${name} must be an object of ${of}; got ${shown(value)}`);
}

/** Requires one of the words that an option may be. */
export function requireOneOf(where: string, name: string, value: unknown, words: readonly string[]): void {
  if (words.some((word) => word === value)) return;
  const quoted = words.map((word) => `"${word}"`);
  const allowed = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  throw new RangeError(`${where}: ${name} must be ${allowed}; got ${shown(value)}`);
}

/** The largest integer that kernels take. */
const MOST = 2 ** 31 - 1;

/** Requires a whole number from `low` to `high`. Default of `high`: 2^31 - 1, the most that kernels take. */
export function requireWhole(where: string, name: string, value: number, low: number, high = MOST): void {
  const isWhole = Number.isSafeInteger(value);
  if (isWhole && value >= low && value <= high) return;
  const range = isWhole && value > high ? `from ${low} to ${high}` : `of at least ${low}`;
  throw new RangeError(`${where}: ${name} must be a whole number ${range}; got ${shown(value)}`);
}

/** Requires a whole number for an axis, counted from the front or, below 0, from the end. */
export function requireDim(where: string, name: string, dim: number): void {
  if (Number.isInteger(dim)) return;
  throw new RangeError(`${where}: ${name} must be a whole number; got ${shown(dim)}`);
}

/** Requires a number in [low, high] that is finite in float32; `high` may be Infinity. */
export function requireWithin(where: string, name: string, value: number, low: number, high: number): void {
  requireFloat32(where, name, value);
  if (Number.isFinite(value) && value >= low && value <= high) return;
  const range =
    high < Infinity
      ? `from ${low} to ${high}`
      : low > -Infinity
        ? `a finite number of at least ${low}`
        : "a finite number";
  throw new RangeError(`${where}: ${name} must be ${range}; got ${shown(value)}`);
}

/** Requires a finite number above 0, in float32 too. */
export function requirePositive(where: string, name: string, value: number): void {
  requireFloat32(where, name, value);
  if (Number.isFinite(value) && Math.fround(value) > 0) return;
  const small = typeof value === "number" && value > 0 && value < 1 ? " as float32" : "";
  throw new RangeError(`${where}: ${name} must be a finite number above 0${small}; got ${shown(value)}`);
}

/** Requires a number in [0, 1). */
export function requireBelowOne(where: string, name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0 && value < 1) return;
  throw new RangeError(`${where}: ${name} must be from 0 to below 1; got ${shown(value)}`);
}

/** Refuses a finite number that is infinite as float32. */
function requireFloat32(where: string, name: string, value: number): void {
  if (!Number.isFinite(value) || Number.isFinite(Math.fround(value))) return;
  throw new RangeError(`${where}: ${name} must be finite as float32, at most 3.4028234e38; got ${shown(value)}`);
}
