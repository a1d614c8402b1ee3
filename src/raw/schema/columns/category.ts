import { requireOneOf, requireWhole } from "../../../base/errors.ts";
import { inOrder as codesBelow } from "../../../base/numbers.ts";
import { withDefaults } from "../../../base/options.ts";
import { Tensor } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { constant } from "../../../ops/constant.ts";
import { subtract } from "../../../ops/elementwise/arithmetic.ts";
import { equal, notEqual } from "../../../ops/elementwise/comparison.ts";
import { sum } from "../../../ops/reduction/reduction.ts";
import { concatenate } from "../../../ops/shape/slice.ts";
import type { Cell } from "../../row.ts";
import {
  Column,
  type Encoder,
  type Kind,
  NO_VALUES,
  Problem,
  isImage,
  isMissing,
  missingProblem,
  problem,
} from "../column.ts";
import { slotOf } from "./hash.ts";
import { duplicateIn, textsIn } from "./state.ts";

/** A category that becomes zeros and a 1. */
export interface OneHotOptions {
  readonly encode?: "one-hot";
  /**
   * What a category becomes that training rows do not have: a feature of its own, zeros, or an error. Only rare categories
   * train that feature. Default: "refuse".
   */
  readonly unknown?: "refuse" | "slot" | "zeros";
  /** What a missing category becomes: a feature of its own, or an error. Default: "refuse". */
  readonly missing?: "refuse" | "slot";
  /** Categories of fewer training rows count as unknown ones. Default: 1. */
  readonly minCount?: number;
}

/** A category that becomes an id, for an embedding. */
export interface IndexOptions {
  readonly encode: "index";
  /** What a category becomes that training rows do not have: an id of its own, or an error. Default: "refuse". */
  readonly unknown?: "refuse" | "slot";
  /** What a missing category becomes: an id of its own, or an error. Default: "refuse". */
  readonly missing?: "refuse" | "slot";
  /** Categories of fewer training rows count as unknown ones. Default: 1. */
  readonly minCount?: number;
}

/** A category that becomes a 1 in a feature that its hash chooses: for more categories than can be listed. */
export interface HashedOptions {
  readonly encode: "hash";
  /** Count of features, from 1 to 2^20. Default: 32. */
  readonly slots?: number;
  /** What a missing category becomes: a feature of its own, or an error. Default: "refuse". */
  readonly missing?: "refuse" | "slot";
}

const LOOKED_UP = { unknown: "refuse", missing: "refuse", minCount: 1 } as const;
const MOST_SLOTS = 2 ** 20;

/**
 * A column of categories. Cells are texts, numbers, big integers or booleans; a number and its text are the same category.
 *
 * Categories are in ascending order, then the slot for unknown ones, then that for missing ones. As the target, classes are
 * numbered in that order.
 *
 * Shape: with `encode` "one-hot" one feature for each category and slot, with "hash" `slots` of them and one for missing; with
 * "index" an input of its own, int32 [rows], ids from 0 to below `size` of `fitted.inputs`. As the target int32 [rows].
 * Source: OneHotEncoder of scikit-learn; the hash is MurmurHash3, as that of FeatureHasher
 *
 * @throws RangeError or TypeError when an option is unknown or of the wrong kind, or minCount is above 1 and unknown categories
 * are refused
 */
export function category(options?: OneHotOptions | HashedOptions): Column<"features", "label">;
export function category(options: IndexOptions): Column<"own", "label">;
export function category(
  options: OneHotOptions | IndexOptions | HashedOptions = {},
): Column<"features" | "own", "label"> {
  const where = "column.category";
  const encode: unknown = Reflect.get(Object(options), "encode") ?? "one-hot";
  requireOneOf(where, "encode", encode, ["one-hot", "index", "hash"]);
  if (encode === "hash") return hashed(where, options as HashedOptions);
  const filled = withDefaults(where, options as OneHotOptions, { encode: "one-hot", ...LOOKED_UP });
  const { unknown, missing, minCount } = filled;
  requireOneOf(where, "unknown", unknown, ["refuse", "slot", ...(encode === "index" ? [] : ["zeros"])]);
  requireOneOf(where, "missing", missing, ["refuse", "slot"]);
  requireWhole(where, "minCount", minCount, 1);
  if (minCount > 1 && unknown === "refuse") {
    throw new RangeError(
      `${where}: unknown must be "slot" or "zeros" with minCount, as rare categories are unknown; got "refuse"`,
    );
  }
  const isTarget = unknown === "refuse" && missing === "refuse";
  const place = encode === "index" ? "own" : "features";
  return new Column("category", filled, place, "label", {
    ...lookedUp(filled, place),
    target: () =>
      isTarget ? lookedUp(filled, "own") : problem('with unknown and missing: "refuse" as the target', "slots"),
  });
}

function lookedUp({ unknown, missing, minCount }: Required<OneHotOptions>, place: "features" | "own"): Kind<string> {
  const hasSlot = { unknown: unknown === "slot", missing: missing === "slot" };
  const encoder = (categories: readonly string[]): Encoder<string> => {
    const size = categories.length + Number(hasSlot.unknown) + Number(hasSlot.missing);
    const codes = new Map(categories.map((each, code) => [each, code]));
    const codeOf = (value: string | null): number | undefined =>
      value === null ? size - 1 : (codes.get(value) ?? (hasSlot.unknown ? categories.length : undefined));
    return {
      shape: place === "own" ? [] : [size],
      dtype: place === "own" ? "int32" : "float32",
      suffixes: () => [
        ...categories.map((each) => `=${each}`),
        ...(hasSlot.unknown ? [" unknown"] : []),
        ...(hasSlot.missing ? [" missing"] : []),
      ],
      size,
      classes: categories,
      state: { categories },
      ...(place === "features" && {
        arithmetic: {
          categories,
          numberOf: (value) => codes.get(String(value)) ?? -1,
          encode: (x) => oneHotOf(x, categories.length, hasSlot),
        },
      }),
      write: (value, out, at) => {
        const code = codeOf(value);
        if (code === undefined) {
          return unknown === "zeros"
            ? undefined
            : problem('a category of the training rows (unknown: "slot" allows others)', value);
        }
        if (place === "own") out[at] = code;
        else out[at + code] = 1;
        return undefined;
      },
    };
  };
  return {
    read: (cell) => categoryIn(cell, missing),
    fit: (values) => {
      const counts = new Map<string, number>();
      for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      if (counts.size === 0) return NO_VALUES;
      const categories = [...counts].flatMap(([each, count]) => (count >= minCount ? [each] : []));
      if (categories.length > 0) return encoder(inOrder(categories));
      return new Problem(`must have a category of at least ${minCount} rows, minCount; got none`);
    },
    restore: (state) => {
      const categories = textsIn(state, "categories");
      if (categories instanceof Problem) return categories;
      const twice = duplicateIn(categories);
      return twice === undefined ? encoder(categories) : problem("fitted with categories that differ", twice);
    },
  };
}

function hashed(where: string, options: HashedOptions): Column<"features", "label"> {
  const filled = withDefaults(where, options, { encode: "hash", slots: 32, missing: "refuse" });
  const { slots, missing } = filled;
  requireWhole(where, "slots", slots, 1, MOST_SLOTS);
  requireOneOf(where, "missing", missing, ["refuse", "slot"]);
  const encoder: Encoder<string> = {
    shape: [slots + Number(missing === "slot")],
    dtype: "float32",
    suffixes: () => [
      ...Array.from({ length: slots }, (_, slot) => ` hash ${slot}`),
      ...(missing === "slot" ? [" missing"] : []),
    ],
    state: null,
    write: (value, out, at) => {
      out[at + (value === null ? slots : slotOf(value, slots))] = 1;
      return undefined;
    },
  };
  return new Column("category", filled, "features", "label", {
    read: (cell) => categoryIn(cell, missing),
    fit: (values) => (values.some((value) => value !== null) ? encoder : NO_VALUES),
    restore: () => encoder,
    target: () => problem('of encode "one-hot" or "index" as the target', "hash"),
  });
}

function categoryIn(cell: Cell, missing: "refuse" | "slot"): string | null | Problem {
  if (isMissing(cell)) return missing === "slot" ? null : missingProblem(cell, 'missing: "slot"');
  if (cell instanceof Date || isImage(cell) || typeof cell === "object" || Number.isNaN(cell)) {
    return problem("a text, a number or true or false", cell);
  }
  return String(cell);
}

/** 1 in the column of each number of x [rows, 1], and in the slot of those that are none, or NaN. */
function oneHotOf(x: Operand, count: number, slots: { readonly unknown: boolean; readonly missing: boolean }): Operand {
  const hot = equal(x, constant(new Tensor([count], "float32", Float32Array.from(codesBelow(count)))));
  const missing = notEqual(x, x);
  const unknown = subtract(equal(sum(hot, 1, { keepDims: true }), 0), missing);
  return concatenate([hot, ...(slots.unknown ? [unknown] : []), ...(slots.missing ? [missing] : [])], 1);
}

/** Ascending: as numbers if all are, else as texts. */
function inOrder(categories: readonly string[]): readonly string[] {
  const areNumbers = categories.every((each) => String(Number(each)) === each);
  return categories.toSorted((a, b) => (areNumbers ? Number(a) - Number(b) : a < b ? -1 : 1));
}
