import { type CommandError, UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";

/** Values of options of `lanegrad train` by name, as text. */
export type Settings = Readonly<Record<string, string>>;

/** An option that a search varies: values one by one, or a range of numbers. */
export type Dimension = ListDimension | RangeDimension;

export interface ListDimension {
  readonly name: string;
  readonly values: readonly string[];
}

export interface RangeDimension {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Whether values are spread evenly by their logarithm. */
  readonly isLog: boolean;
  readonly isWhole: boolean;
}

/** An option that can be varied. */
export interface Variable {
  readonly name: string;
  /** Whether its values are numbers, so that it can have a range; "whole" ones are rounded. */
  readonly kind: "number" | "whole" | "text";
  /** Throws what commander throws for a wrong value. */
  readonly parse: (text: string) => unknown;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const RANGE = new RegExp(String.raw`^(${NUMBER})\.\.(${NUMBER})(?::(log|linear))?$`, "i");

/**
 * The dimensions of a search: `lr=0.001,0.01` lists values, `dropout=0..0.5` is a range, `lr=1e-4..1e-1:log` one by logarithm.
 * @throws CommandError when an option is unknown or named twice, or a value is not one of it
 */
export function spaceOf(tries: readonly string[], variables: readonly Variable[]): readonly Dimension[] {
  const dimensions = tries.map((text) => dimensionOf(text, variables));
  const twice = dimensions.find(({ name }, i) => dimensions.findIndex((other) => other.name === name) < i);
  if (twice) throw wrong(`--try must name an option once; got ${twice.name} twice`);
  return dimensions;
}

function dimensionOf(text: string, variables: readonly Variable[]): Dimension {
  const at = text.indexOf("=");
  if (at < 1) throw wrong(`--try must be OPTION=VALUES; got ${text}`, "--try lr=0.001,0.01");
  const name = text.slice(0, at).trim().replace(/^--/, "");
  const values = text.slice(at + 1).trim();
  const variable = variables.find((each) => each.name === name);
  if (!variable) {
    const names = variables.map((each) => each.name);
    throw wrong(`--try must vary one of ${names.join(", ")}; got ${name}`, didYouMean(name, names));
  }
  const range = RANGE.exec(values);
  if (range && variable.kind !== "text") return rangeOf(variable, range);
  const listed = values.split(",").map((value) => value.trim());
  for (const value of listed) check(variable, value);
  if (new Set(listed).size < listed.length) throw wrong(`--try ${name}: values must differ; got ${values}`);
  return { name, values: listed };
}

function rangeOf(variable: Variable, [text, from = "", to = "", scale = "linear"]: RegExpExecArray): RangeDimension {
  const { name, kind } = variable;
  for (const value of [from, to]) check(variable, value);
  const [low, high, isLog] = [Number(from), Number(to), scale.toLowerCase() === "log"];
  if (!(low < high)) throw wrong(`--try ${name}: a range must go from the lower number to the higher one; got ${text}`);
  if (isLog && !(low > 0)) throw wrong(`--try ${name}: a range by logarithm must begin above 0; got ${text}`);
  return { name, low, high, isLog, isWhole: kind === "whole" };
}

function check({ name, parse }: Variable, value: string): void {
  try {
    if (value === "") throw new Error("must be a value");
    parse(value);
  } catch (error) {
    const rule = (error instanceof Error ? error.message : String(error)).replace(
      /^Allowed choices are (.*)\.$/,
      "must be one of $1",
    );
    throw wrong(`--try ${name}: values ${rule}; got ${value === "" ? "none" : value}`);
  }
}

function wrong(message: string, hint?: string): CommandError {
  return new UsageError(`tune: ${message}`, hint);
}

/** The value of a range at a share from 0 to 1 of it, with three digits, which a person may type. */
export function valueAt({ low, high, isLog, isWhole }: RangeDimension, share: number): string {
  const value = isLog ? low * Math.exp(share * Math.log(high / low)) : low + (high - low) * share;
  if (isWhole) return String(Math.round(value));
  return String(Math.min(high, Math.max(low, Number(value.toPrecision(3)))));
}
