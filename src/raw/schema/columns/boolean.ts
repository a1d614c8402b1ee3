import { requireOneOf } from "../../../base/errors.ts";
import { withDefaults } from "../../../base/options.ts";
import { equal, notEqual } from "../../../ops/elementwise/comparison.ts";
import { where } from "../../../ops/elementwise/where.ts";
import { concatenate } from "../../../ops/shape/slice.ts";
import type { Cell } from "../../row.ts";
import { Column, type Encoder, type Kind, NO_VALUES, isMissing, missingProblem, problem } from "../column.ts";

export interface BooleanOptions {
  /** What a missing value becomes: 0, and 1 in a feature of its own, or an error. Default: "refuse". */
  readonly missing?: "refuse" | "slot";
}

/** Texts that are true or false, in any case. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ...["true", "t", "yes", "y", "1"].map((word) => [word, 1] as const),
  ...["false", "f", "no", "n", "0"].map((word) => [word, 0] as const),
]);

/**
 * A column of true and false. Cells are booleans, the numbers 1 and 0, or texts: true, t, yes, y, 1, false, f, no, n and 0 in
 * any case.
 *
 * Shape: one feature, 1 for true, and with `missing` "slot" a second one; as the target float32 [rows, 1].
 *
 * @throws RangeError or TypeError when an option is unknown or of the wrong kind
 */
export function boolean(options: BooleanOptions = {}): Column<"features", "label"> {
  const filled = withDefaults("column.boolean", options, { missing: "refuse" });
  const { missing } = filled;
  requireOneOf("column.boolean", "missing", missing, ["refuse", "slot"]);
  const hasSlot = missing === "slot";
  const encoder: Encoder<number> = {
    shape: [hasSlot ? 2 : 1],
    dtype: "float32",
    suffixes: () => (hasSlot ? ["", " missing"] : [""]),
    classes: ["false", "true"],
    state: null,
    arithmetic: {
      numberOf: Number,
      encode: (x) => (hasSlot ? concatenate([where(equal(x, x), x, 0), notEqual(x, x)], 1) : x),
    },
    write: (value, out, at) => {
      out[value === null ? at + 1 : at] = value ?? 1;
      return undefined;
    },
  };
  const kind: Kind<number> = {
    read: (cell) => {
      if (isMissing(cell)) return hasSlot ? null : missingProblem(cell, 'missing: "slot"');
      return booleanIn(cell) ?? problem("true or false", cell);
    },
    fit: (values) => (values.some((value) => value !== null) ? encoder : NO_VALUES),
    restore: () => encoder,
    target: () => (hasSlot ? problem('with missing: "refuse" as the target', missing) : kind),
  };
  return new Column("boolean", filled, "features", "label", kind);
}

function booleanIn(cell: Cell): number | undefined {
  if (typeof cell === "boolean") return Number(cell);
  if (typeof cell === "string") return WORDS.get(cell.trim().toLowerCase());
  if (typeof cell === "number" || typeof cell === "bigint") return WORDS.get(String(cell));
  return undefined;
}
