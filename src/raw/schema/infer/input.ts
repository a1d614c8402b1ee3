import { printCount } from "../../../base/print.ts";
import type { Column } from "../column.ts";
import { boolean, category, date, type DatePart, image, number, text } from "../columns/index.ts";
import type { Profile } from "./profile.ts";
import { datesText, differentText, rangeText, withMissing } from "./reasons.ts";
import { hasWord, isLabelName, meanWords } from "./words.ts";

/** What a column becomes; none if it is not used. */
export interface Choice {
  readonly column?: Column;
  readonly reason: string;
}

const MOST_MISSING = 0.9; // share of the rows
const FEWEST = 20; // values that tell an identifier from other whole numbers
const MOST_CATEGORIES = 256; // each is a feature
const FEW = 10; // categories that need not be frequent
const LONG = 5; // words of a long text
const MOST_WORDS = 1000; // features of a text
const LARGEST = 128; // pixels of a side to which images of several sizes are brought
const DAY = 86_400_000; // milliseconds

/** What a column becomes as an input: see `inferSchema` for the rules. */
export function inputOf(profile: Profile): Choice {
  const { type, rows, missing, counts, dates } = profile;
  if (type === "none") return { reason: "no value in any row" };
  if (missing > MOST_MISSING * rows) return { reason: withMissing("nearly always missing", profile) };
  const [only] = counts?.size === 1 && missing === 0 ? counts.keys() : [];
  if (only !== undefined) return { reason: `always ${JSON.stringify(only)}` };
  if (type === "date" && missing === 0 && dates.first === dates.last) return { reason: "always the same date" };
  const chosen = choiceOf(profile);
  return { ...chosen, reason: withMissing(chosen.reason, profile) };
}

function choiceOf(profile: Profile): Choice {
  const slot = profile.missing > 0 ? ({ missing: "slot" } as const) : {};
  switch (profile.type) {
    case "number":
      return numberOf(profile);
    case "boolean":
      return { column: boolean(slot), reason: "true or false" };
    case "date":
      return { column: date({ parts: partsOf(profile), cyclic: true, ...slot }), reason: datesText(profile) };
    case "image":
      return imageOf(profile);
    case "text":
      return textOf(profile);
    default:
      return { reason: otherText(profile) };
  }
}

function numberOf(profile: Profile): Choice {
  const { name, rows, missing, counts, isUnique, numbers } = profile;
  if (numbers.notFinite > 0) return { reason: otherText(profile) };
  const values = rows - missing;
  const isIdentifier = numbers.isWhole && isUnique && values >= FEWEST;
  if (isIdentifier && (isLabelName(name) || numbers.high - numbers.low + 1 === values)) {
    return { reason: `${rangeText(profile)}, each once` };
  }
  if (numbers.isWhole && isLabelName(name)) {
    const reason = `${counts ? differentText(profile, "whole numbers") : rangeText(profile)}, labels by the name`;
    return { column: categories(profile), reason };
  }
  const fill = missing > 0 ? ({ missing: "median", indicator: true } as const) : {};
  return { column: number(fill), reason: rangeText(profile) };
}

function textOf(profile: Profile): Choice {
  const { rows, missing, counts, isUnique } = profile;
  const values = rows - missing;
  const reason = differentText(profile, "texts");
  if (!counts) return { reason: "numbers and texts" };
  const isRepeated = counts.size <= values / 2 || (counts.size <= FEW && !isUnique);
  if (isRepeated && counts.size <= MOST_CATEGORIES) return { column: categories(profile), reason };
  const words = meanWords(counts.keys());
  if (words >= LONG && hasWord(counts.keys())) {
    const column = text({ words: MOST_WORDS, ...(missing > 0 && { missing: "empty" }) });
    return { column, reason: `texts of ${Math.round(words)} words on average` };
  }
  if (isUnique) return { reason: "a different text in each row" };
  if (!isRepeated) return { reason: `${reason} in ${printCount(values)} rows` };
  return { column: categories(profile), reason };
}

/** Features of their own for few categories, shared ones for many. */
function categories({ counts, missing }: Profile): Column {
  const slot = missing > 0 ? ({ missing: "slot" } as const) : {};
  if (counts && counts.size <= MOST_CATEGORIES) return category({ unknown: "zeros", ...slot });
  return category({ encode: "hash", slots: MOST_CATEGORIES, ...slot });
}

/** The time, and what repeats within the range: days of the year, of the week, hours. */
function partsOf({ dates: { first, last, earliest, latest } }: Profile): readonly DatePart[] {
  const days = (last - first) / DAY;
  return [
    "time",
    ...(days > 366 ? (["dayOfYear"] as const) : []),
    ...(days > 7 ? (["weekday"] as const) : []),
    ...(earliest < latest ? (["hour"] as const) : []),
  ];
}

function imageOf({ shapes, missing }: Profile): Choice {
  if (missing > 0) return { reason: "a row without an image does not fit" };
  const all = [...shapes.values()];
  const [first] = all;
  const channels = Int32Array.from(new Set(all.map(({ shape }) => shape[0] ?? 0))).toSorted();
  if (channels.length > 1) return { reason: `images of ${channels.join(" and ")} channels` };
  if (all.length === 1) return { column: image(), reason: `images of ${first?.shape.join(" x ")}` };
  const [height, width] = [sideOf(all, 1), sideOf(all, 2)];
  return { column: image({ size: [height, width] }), reason: `images of ${all.length} sizes` };
}

/** The median of a side, at most 128. */
function sideOf(shapes: Iterable<{ readonly shape: readonly number[]; readonly count: number }>, axis: 1 | 2): number {
  const sides = [...shapes].map(({ shape, count }) => ({ side: shape[axis] ?? 1, count }));
  const sorted = sides.toSorted((a, b) => a.side - b.side);
  let left = sorted.reduce((sum, { count }) => sum + count, 0) / 2;
  const median = sorted.find(({ count }) => (left -= count) <= 0);
  return Math.min(median?.side ?? 1, LARGEST);
}

function otherText({ numbers: { notFinite } }: Profile): string {
  if (notFinite > 0) return `NaN or infinite in ${notFinite} rows: null is missing`;
  return "cells of kinds that no column takes together";
}
