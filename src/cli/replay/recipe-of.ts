import type { Json } from "lanegrad/report";
import { CommandError } from "../errors.ts";
import { ACTIVATION_NAMES, KERNELS, NORMS, OPTIMIZER_NAMES, SCHEDULES } from "../recipe/names.ts";
import type { Recipe } from "../recipe/recipe.ts";

/**
 * The recipe of a report, which a stranger may have written: every value is checked.
 * @throws CommandError when a value is missing or of a wrong kind
 */
export function recipeOf(json: Json): Recipe {
  const version: unknown = Reflect.get(Object(json), "version");
  if (version !== 1) {
    throw new CommandError(
      `replay: the recipe must be of version 1; got ${JSON.stringify(version) ?? "none"}`,
      "a newer lanegrad made the report: npx lanegrad@latest replay",
    );
  }
  const wrong = wrongIn(json, RECIPE, "recipe");
  if (wrong !== undefined) throw new CommandError(`replay: ${wrong}`);
  const recipe = json as unknown as Recipe; // all its values were checked
  const [target] = Object.keys(Object(Reflect.get(recipe.schema, "target")));
  if (target === recipe.target) return recipe;
  throw new CommandError(
    `replay: recipe.target must be the target of its schema, ${JSON.stringify(target) ?? "none"}; got ${JSON.stringify(recipe.target)}`,
  );
}

/** Says what a value must be; undefined if it is that. */
type Check = (value: unknown, path: string) => string | undefined;

function must(what: string, isRight: (value: unknown) => boolean): Check {
  return (value, path) =>
    isRight(value) ? undefined : `${path} must be ${what}; got ${(JSON.stringify(value) ?? "none").slice(0, 80)}`;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "" && !value.includes("\0");
const isWithin = (value: unknown, low: number, high: number): boolean =>
  typeof value === "number" && value >= low && value <= high;
const isWhole = (value: unknown, low: number): boolean => Number.isInteger(value) && isWithin(value, low, 2 ** 31 - 1);

const text = must("text", isText);
const textOrNull = must("text or null", (value) => value === null || isText(value));
const hash = must("64 hexadecimal digits", (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value));
const share = must("from 0 to below 1", (value) => isWithin(value, 0, 1) && value !== 1);
const positive = must("a number above 0", (value) => isWithin(value, Number.MIN_VALUE, Number.MAX_VALUE));
const count = (low: number): Check => must(`a whole number of at least ${low}`, (value) => isWhole(value, low));
const oneOf = (names: readonly string[]): Check => must(`one of ${names.join(", ")}`, (value) => names.includes(String(value)) && isText(value)); // prettier-ignore

type Fields = { readonly [name: string]: Check };

function object(fields: Fields): Check {
  return (value, path) => wrongIn(value, fields, path);
}

function wrongIn(value: unknown, fields: Fields, path: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return must("an object", () => false)(value, path);
  }
  for (const [name, check] of Object.entries(fields)) {
    const found = check(Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const DATA: Fields = {
  path: text,
  format: oneOf(["csv", "jsonl", "parquet", "idx", "images"]),
  delimiter: textOrNull,
  labels: textOrNull,
  size: must("height and width, or null", (value) => value === null || isSize(value)),
  sha256: hash,
};

function isSize(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((side) => isWhole(side, 1) && side <= 2 ** 14);
}

const NOTATION: Fields = {
  notation: must("text", (value) => typeof value === "string" && value.length <= 1000),
  activation: oneOf(ACTIVATION_NAMES),
  dropout: share,
  norm: oneOf(NORMS),
};

const RECIPE: Fields = {
  data: object(DATA),
  target: text,
  schema: must("an object", (value) => typeof value === "object" && value !== null),
  split: object({
    validation: (value, path) => (typeof value === "number" ? share(value, path) : wrongIn(value, DATA, path)),
    test: share,
    group: textOrNull,
    time: textOrNull,
  }),
  model: (value, path) =>
    Object.hasOwn(Object(value), "path")
      ? wrongIn(value, { path: text, sha256: hash }, path)
      : wrongIn(value, NOTATION, path),
  optimizer: object({ name: oneOf(OPTIMIZER_NAMES), lr: positive, weightDecay: must("a number of at least 0", (value) => isWithin(value, 0, Number.MAX_VALUE)) }), // prettier-ignore
  schedule: oneOf(SCHEDULES),
  balance: must("true or false", (value) => typeof value === "boolean"),
  epochs: count(1),
  batchSize: count(1),
  patience: count(0),
  seed: count(0),
  splitSeed: count(0),
  kernels: oneOf(KERNELS),
};
