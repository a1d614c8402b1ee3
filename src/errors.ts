/** Sizes that do not fit together. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** A state dict whose entries are not those of the model. */
export class StateDictError extends Error {
  override name = "StateDictError";
}

/** A value that is NaN or infinite where the debug option asks for finite ones. */
export class NonFiniteError extends Error {
  override name = "NonFiniteError";
}

/** Refuses options that are not an object, or that have a name which nothing reads. */
export function requireKnown(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${where}: options must be an object; got ${String(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new TypeError(`${where}: options must be ${known.join(", ")}; got ${unknown.join(", ")}`);
}

/** Refuses what is not true or false. */
export function requireSwitch(where: string, name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(`${where}: ${name} must be true or false; got ${String(value)}`);
}

/** Refuses what is none of the words that an option may be. */
export function requireOneOf(where: string, name: string, value: unknown, words: readonly string[]): void {
  if (words.some((word) => word === value)) return;
  const quoted = words.map((word) => `"${word}"`);
  const allowed = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  throw new RangeError(`${where}: ${name} must be ${allowed}; got ${JSON.stringify(value)}`);
}

/** Refuses a number that is not a whole one of at least `low`. */
export function requireWhole(where: string, name: string, value: number, low: number): void {
  if (Number.isSafeInteger(value) && value >= low) return;
  throw new RangeError(`${where}: ${name} must be a whole number of at least ${low}; got ${shown(value)}`);
}

/** Refuses a number that is not finite or lies outside [low, high]; `high` may be Infinity, `value` may not. */
export function requireWithin(where: string, name: string, value: number, low: number, high: number): void {
  if (Number.isFinite(value) && value >= low && value <= high) return;
  const range =
    high < Infinity
      ? `from ${low} to ${high}`
      : low > -Infinity
        ? `a finite number of at least ${low}`
        : "a finite number";
  throw new RangeError(`${where}: ${name} must be ${range}; got ${shown(value)}`);
}

/** Refuses a number that is not finite and above zero. */
export function requirePositive(where: string, name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`${where}: ${name} must be a finite number above 0; got ${shown(value)}`);
}

/** Refuses a number outside [0, 1). */
export function requireBelowOne(where: string, name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0 && value < 1) return;
  throw new RangeError(`${where}: ${name} must be from 0 to below 1; got ${shown(value)}`);
}

/** A value as an error names it: text in quotes, lest "0.5" look like the number. */
export function shown(value: unknown): string {
  if (typeof value === "string" || Array.isArray(value)) return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return value === null || typeof value !== "object" || value.toString !== Object.prototype.toString
    ? String(value)
    : "an object";
}

/** What a value of the wrong kind is, in a few words: `an array`, `undefined`. */
export function kindOf(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return shown(value);
  return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "no class"})`;
}
