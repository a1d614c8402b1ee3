import { INSPECT } from "../base/inspect.ts";
import { printNumber, printPercent, printTable } from "../base/print.ts";
import { type Estimate, estimate, estimateOf, printInterval } from "./estimate.ts";

/** What a dropout rate gave. */
export interface RateResult extends Estimate {
  readonly p: number;
  /** The metric for each seed. */
  readonly values: readonly number[];
  /** How much better the best rate is, paired by seed: above 0 where it is better. Undefined for the best rate itself. */
  readonly behind: Estimate | undefined;
}

/** How the best rate compares with another. */
export interface RateComparison {
  /** The other rate. */
  readonly p: number;
  /** How much better the best rate is, paired by seed. */
  readonly gain: Estimate;
  /** Whether the interval of the gain is above 0. */
  readonly isBeyondChance: boolean;
}

interface ChoiceSettings {
  /** The metric that decided. */
  readonly by: string;
  readonly better: "higher" | "lower";
  readonly level: number;
}

/** Result of `chooseDropout`; prints as a table. */
export class DropoutChoice {
  /** The best rate: that with the best mean, the lower one of two equal means. */
  readonly p: number;
  /** In the order of the rates. */
  readonly rates: readonly RateResult[];
  /** The metric that decided, on validation data. */
  readonly by: string;
  /** Which values of it are better. */
  readonly better: "higher" | "lower";
  /** Confidence level of the intervals. */
  readonly level: number;

  /** @internal */
  constructor(
    found: readonly { readonly p: number; readonly values: readonly number[] }[],
    { by, better, level }: ChoiceSettings,
  ) {
    const sign = better === "higher" ? 1 : -1;
    const means = found.map(({ p, values }) => ({ p, values, ...estimateOf(by, values, level) }));
    const [best] = ranked(means, sign);
    this.p = best?.p ?? NaN;
    this.rates = means.map((each) => ({
      ...each,
      behind:
        each === best || !best
          ? undefined
          : estimate(
              each.values.map((value, i) => sign * ((best.values[i] ?? NaN) - value)),
              level,
            ),
    }));
    this.by = by;
    this.better = better;
    this.level = level;
  }

  /** The best rate against the second best. */
  get toNext(): RateComparison | undefined {
    const [, next] = ranked(this.rates, this.better === "higher" ? 1 : -1);
    return comparison(next);
  }

  /** The best rate against no dropout; undefined if that is the best or was not tried. */
  get toNone(): RateComparison | undefined {
    return comparison(this.rates.find(({ p }) => p === 0));
  }

  toString(): string {
    const interval = `${printPercent(this.level, 0)} interval`;
    const table = printTable(
      ["p", `validation ${this.by}`, interval, "behind the best", interval],
      this.rates.map(({ p, mean, low, high, behind }) => [
        `${p}`,
        printNumber(mean),
        printInterval({ low, high }),
        behind ? printNumber(behind.mean) : "best",
        behind ? printInterval(behind) : "",
      ]),
    );
    const { toNext, toNone } = this;
    const lines = [toNext, toNone?.p === toNext?.p ? undefined : toNone].filter((each) => each !== undefined);
    return [table, ...lines.map((each) => this.#sentence(each))].join("\n");
  }

  /** What `console.log` prints: the table. */
  [INSPECT](): string {
    return String(this);
  }

  #sentence({ p, gain, isBeyondChance }: RateComparison): string {
    const other = p === 0 ? "no dropout" : `p ${p}`;
    const verdict = isBeyondChance ? "more than chance" : "may be chance";
    return `p ${this.p} is better than ${other} by ${printNumber(gain.mean)} (${printInterval(gain)}): ${verdict}`;
  }
}

/** The best first. */
function ranked<T extends { readonly p: number; readonly mean: number }>(rates: readonly T[], sign: number): T[] {
  return rates.toSorted((a, b) => sign * (b.mean - a.mean) || a.p - b.p);
}

function comparison(rate: RateResult | undefined): RateComparison | undefined {
  return rate?.behind && { p: rate.p, gain: rate.behind, isBeyondChance: rate.behind.low > 0 };
}
