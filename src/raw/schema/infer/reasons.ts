import { printCount } from "../../../base/print.ts";
import type { Profile } from "./profile.ts";

/** A reason with the count of missing values. */
export function withMissing(reason: string, { missing, rows }: Profile): string {
  return missing === 0 ? reason : `${reason}; ${printCount(missing)} of ${printCount(rows)} missing`;
}

/** `whole numbers from 0 to 9` */
export function rangeText({ numbers: { low, high, isWhole } }: Profile): string {
  return `${isWhole ? "whole numbers" : "numbers"} from ${short(low)} to ${short(high)}`;
}

/** `3 different texts` */
export function differentText({ counts }: Profile, what: string): string {
  return `${counts ? printCount(counts.size) : "more than 1,024"} different ${what}`;
}

/** `dates from 2012-01-01 to 2015-12-31` */
export function datesText({ dates: { first, last } }: Profile): string {
  return `dates from ${dayOf(first)} to ${dayOf(last)}`;
}

/** Six digits, and all of those before the point. */
function short(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
