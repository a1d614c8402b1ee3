import { shown } from "../../../base/errors.ts";
import { printCount } from "../../../base/print.ts";
import type { Column, Place } from "../column.ts";
import { category, number } from "../columns/index.ts";
import type { Profile } from "./profile.ts";
import { differentText, rangeText } from "./reasons.ts";

/** What is predicted: classes, or a number. */
export type Task = "classification" | "regression";

/** What the target becomes. */
export interface TargetChoice {
  readonly column: Column<Place, "label" | "value">;
  readonly task: Task;
  readonly reason: string;
  /** Count of rows that cannot be trained on. */
  readonly without: number;
}

const MOST_CLASSES = 20; // whole numbers that are classes
const LEAST_OF_CLASS = 10; // rows, on average

/**
 * What the target becomes.
 * @throws RangeError when it has one value, or none, or none of its kind is predicted
 */
export function targetOf(where: string, profile: Profile, task: Task | undefined): TargetChoice {
  const { name, type, rows, missing, counts, numbers } = profile;
  const refuse = (must: string, got: string): never => {
    throw new RangeError(`${where}: the target ${shown(name)} must ${must}; got ${got}`);
  };
  if (type === "none") return refuse("have values", "none");
  if (type === "date" || type === "image" || type === "other" || (type === "text" && !counts)) {
    return refuse("be numbers or categories", type === "other" ? "cells of several kinds" : `${type}s`);
  }
  if (counts?.size === 1) return refuse("have at least 2 different values", `only ${shown([...counts.keys()][0])}`);
  if (task === "regression" && type !== "number") {
    return refuse("be numbers for regression", type === "text" ? "texts" : "true and false");
  }
  const without = missing + (type === "number" ? numbers.notFinite : 0);
  const values = rows - missing;
  const isFew = counts !== undefined && counts.size <= Math.min(MOST_CLASSES, Math.max(2, values / LEAST_OF_CLASS));
  const areClasses = type !== "number" || (counts?.size === 2 ? isFew : isFew && numbers.isWhole);
  if (task === "regression" || (task === undefined && !areClasses)) {
    return { column: number(), task: "regression", reason: `predicted value, ${rangeText(profile)}`, without };
  }
  if (type === "text" && task === undefined && counts && counts.size > Math.max(2, values / 2)) {
    return refuse(
      "have values that repeat, or be of the task classification",
      `${printCount(counts.size)} texts in ${printCount(values)} rows`,
    );
  }
  const what = type === "number" ? (numbers.isWhole ? "whole numbers" : "numbers") : "values";
  return {
    column: category(),
    task: "classification",
    reason: `predicted class, ${differentText(profile, what)}`,
    without,
  };
}
