/** Parsers of the values of options: `.argParser(wholeNumber(1))`. */
import { InvalidArgumentError } from "commander";

const MOST = 2 ** 31 - 1;

/** A whole number from `low` to `high`. Default of `high`: 2^31 - 1. */
export function wholeNumber(low: number, high = MOST): (text: string) => number {
  const range = (value: number): string =>
    high < MOST || value > high ? `from ${low} to ${high}` : `of at least ${low}`;
  return parser(
    (value) => `a whole number ${range(value)}`,
    (value) => Number.isSafeInteger(value) && value >= low && value <= high,
  );
}

/** A finite number from `low` to `high`. Default of `high`: Infinity, for any finite number. */
export function numberWithin(low: number, high = Infinity): (text: string) => number {
  const range = high < Infinity ? `from ${low} to ${high}` : `of at least ${low}`;
  return parser(
    () => `a number ${range}`,
    (value) => Number.isFinite(value) && value >= low && value <= high,
  );
}

/** A finite number above 0. */
export function positiveNumber(): (text: string) => number {
  return parser(
    () => "a number above 0",
    (value) => Number.isFinite(value) && value > 0,
  );
}

function parser(kind: (value: number) => string, isRight: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!isRight(value)) throw new InvalidArgumentError(`must be ${kind(value)}`);
    return value;
  };
}
