import { requireArray, requireOneOf, shown } from "../../../base/errors.ts";
import { suggestion } from "../../../base/nearest.ts";
import { withDefaults } from "../../../base/options.ts";
import { visible } from "../../../base/shown.ts";
import { printCount } from "../../../base/print.ts";
import type { Row } from "../../row.ts";
import { isImage } from "../column.ts";
import { schema } from "../schema.ts";
import { requireRows } from "../table.ts";
import { type InferredColumn, InferredSchema, wordsOf } from "./inferred.ts";
import { type Choice, inputOf } from "./input.ts";
import { leaksOf } from "./leaks.ts";
import { columnNames } from "./names.ts";
import { type Profile, profileOf } from "./profile.ts";
import { type Task, targetOf } from "./target.ts";
import { oddTexts } from "./words.ts";

export interface InferOptions {
  /** The column that is predicted; null for none. Default: "label" beside images, else it must be given. */
  readonly target?: string | null;
  /** Whether the target is classes or a number. Default: by its values. */
  readonly task?: Task;
  /** Columns that are not used, as the group or the time that rows are split by. Default: none. */
  readonly skip?: readonly string[];
}

/** How many names of columns an error lists. */
const MOST_LISTED = 40;

/**
 * What each column of a table becomes, and why: `inferSchema(rows, { target: "price" }).schema.fit(training)`.
 *
 * All rows are looked at, and their order changes nothing. Rows are as the readers give them, or texts only. Inputs:
 * - numbers, and texts that are numbers: `number`; whole numbers are categories if the last word of the column's name says so (id,
 *   key, code, zip, zipcode, postcode, class, type, kind, category, group, cluster, label)
 * - true and false, and texts as yes and no: `boolean`; 1 and 0 are numbers
 * - Dates and texts of ISO 8601: `date`, the time, and sine and cosine of the day of the year and of the week and of the hour, where
 *   dates are further apart than a year, a week, and not at one time of the day
 * - texts, if each is in 2 rows on average, or there are at most 10 and not all differ: `category`, one-hot for up to 256, else
 *   hashed; unknown categories are zeros
 * - other texts of at least 5 words on average: `text`, tf-idf of the 1000 most frequent words
 * - images [channels, height, width]: `image`, resized to the median size, at most 128, if sizes differ
 *
 * Missing values become the median and an indicator, a slot of their own, or an empty text; a column that has none refuses them.
 * Skipped: columns of one value or none, missing in more than 90 % of the rows, whose texts differ in more than half of the rows
 * or whose whole numbers differ in all of at least 20 rows and follow one another or are named as labels, numbers that are not
 * finite, and columns of mixed kinds.
 *
 * The target is a `category` if it is text, true and false, 2 numbers, or at most 20 different whole numbers in 10 rows each on
 * average; else a `number`. If it is missing in some rows, `onMisfit` is "flag", which leaves these out.
 *
 * Warnings name columns that tell the target by themselves: 5 rows or more for each of their values on average, which all have one
 * target; numbers in ranges of their own for each class of at least 10 rows; a correlation with the target above 0.99999.
 *
 * @throws RangeError when there are no rows, a name is no column (the error names the nearest), the target has one value or cannot
 * be one, or no column can be an input
 * @throws TypeError when rows are no array of objects, or an option is unknown or of the wrong kind
 */
export function inferSchema(rows: readonly Row[], options: InferOptions = {}): InferredSchema {
  const where = "inferSchema";
  const { target, task, skip } = withDefaults(where, options, { target: undefined, task: undefined, skip: [] });
  requireRows(where, rows);
  if (task !== undefined) requireOneOf(where, "task", task, ["classification", "regression"]);
  requireArray(where, "skip", skip);
  const names = columnNames(rows);
  for (const name of skip) requireName(where, "skip", name, names);
  const targetName = target === undefined ? defaultTarget(where, rows, names) : target;
  if (targetName !== null) requireName(where, "target", targetName, names);
  if (targetName !== null && skip.includes(targetName)) {
    throw new RangeError(`${where}: the target must not be skipped; got ${shown(targetName)} as both`);
  }
  const targetProfile = targetName === null ? undefined : profileOf(rows, targetName);
  const predicted = targetProfile && targetOf(where, targetProfile, task);
  const leakOf = targetProfile && predicted && leaksOf(rows, targetProfile, predicted.task);

  const warnings: string[] = [];
  // One profile after the other: that of texts is as large as the column.
  const columns = names.map((name): InferredColumn => {
    if (predicted && name === targetName) return entry(name, "target", predicted);
    if (skip.includes(name)) return entry(name, "skipped", { reason: "as asked" });
    const profile = profileOf(rows, name);
    const choice = inputOf(profile);
    warnings.push(...warningsOf(profile, choice.column && leakOf?.(profile)));
    return entry(name, choice.column ? "input" : "skipped", choice);
  });
  if (predicted && predicted.without > 0) {
    warnings.push(`${shown(targetName)} has no value in ${printCount(predicted.without)} rows, which are left out`);
  }
  const inputs = columns.flatMap(({ name, role, column }) =>
    role === "input" && column ? [[name, column] as const] : [],
  );
  if (inputs.length === 0) {
    const why = columns.filter(({ role }) => role === "skipped").map(({ name, reason }) => `${shown(name)}: ${reason}`);
    throw new RangeError(`${where}: at least one column must be an input; got ${why.join(", ") || "the target alone"}`);
  }
  const inferred = schema({
    inputs: Object.fromEntries(inputs),
    ...(predicted && { target: Object.fromEntries([[targetName, predicted.column]]) }),
    onMisfit: predicted && predicted.without > 0 ? "flag" : "refuse",
  });
  return new InferredSchema(inferred, columns, predicted?.task, warnings);
}

function entry(name: string, role: InferredColumn["role"], { column, reason }: Choice): InferredColumn {
  return { name, role, column, becomes: wordsOf(column), reason };
}

function warningsOf(profile: Profile, leak: string | undefined): readonly string[] {
  const odd = oddTexts(profile);
  return [
    ...(odd.length > 0
      ? [`${shown(profile.name)} is numbers but for ${odd.map((each) => shown(each)).join(", ")}: null is missing`]
      : []),
    ...(leak === undefined ? [] : [`${shown(profile.name)} may give the target away: ${leak}`]),
  ];
}

function defaultTarget(where: string, rows: readonly Row[], names: readonly string[]): string {
  if (names.includes("label") && rows.some((row) => Object.values(row).some(isImage))) return "label";
  throw new RangeError(`${where}: target must be a column, ${listed(names)}, or null for none; got none`);
}

function requireName(where: string, what: string, name: unknown, names: readonly string[]): void {
  if (typeof name !== "string")
    throw new TypeError(`${where}: ${what} must be the name of a column; got ${shown(name)}`);
  if (names.includes(name)) return;
  const meant = suggestion(name, names);
  throw new RangeError(`${where}: ${what} must be a column, ${listed(names)}; got ${shown(name)}${meant}`);
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return `one of ${visible(names.slice(0, MOST_LISTED).join(", "))}${more > 0 ? ` and ${more} more` : ""}`;
}
