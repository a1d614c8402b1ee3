import { type InferredSchema, type Row, inferSchema } from "lanegrad/data";
import { columnsOf } from "../../data/columns.ts";
import { printCount } from "../../terminal/numbers.ts";
import { type ColumnFacts, type ValueCount, columnFactsOf, valueCounts } from "./column-facts.ts";
import { type Duplicates, duplicatesIn } from "./duplicates.ts";

/** What a data file has. */
export interface DataFacts {
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
  /** Undefined without a target that can be predicted. */
  readonly inferred: InferredSchema | undefined;
  readonly target: TargetFacts | null;
  readonly duplicates: Duplicates;
  readonly warnings: readonly string[];
}

export interface TargetFacts {
  readonly name: string;
  readonly task: "classification" | "regression";
  /** Classes, most frequent first; none for a number. */
  readonly classes: readonly ValueCount[];
}

const IMBALANCED = 10; // times as many rows

/** @param target a column of the rows; undefined for none */
export function dataFactsOf(
  file: string,
  rows: readonly Row[],
  target: string | undefined,
  task?: TargetFacts["task"],
): DataFacts {
  const inferred = inferredFrom(rows, target, task);
  const schema = typeof inferred === "string" ? undefined : inferred;
  const columns = columnsOf(rows).map((name) => columnFactsOf(rows, name));
  const found: TargetFacts | null =
    schema?.task && target !== undefined
      ? { name: target, task: schema.task, classes: schema.task === "classification" ? valueCounts(rows, target) : [] }
      : null;
  const inputs = schema
    ? schema.columns.filter(({ role }) => role === "input")
    : columns.filter(({ name }) => name !== target);
  const duplicates = duplicatesIn(
    rows,
    inputs.map(({ name }) => name),
    target,
  );
  const warnings = [
    ...(typeof inferred === "string" ? [inferred] : []),
    ...columns.flatMap((each) => columnWarning(each, rows.length)),
    ...(schema?.warnings ?? []),
    ...duplicateWarning(duplicates),
    ...balanceWarning(found),
  ];
  return { file, rows: rows.length, columns, inferred: schema, target: found, duplicates, warnings };
}

/** What is inferred; text if nothing can be. */
function inferredFrom(
  rows: readonly Row[],
  target: string | undefined,
  task: TargetFacts["task"] | undefined,
): InferredSchema | string {
  try {
    return inferSchema(rows, { target: target ?? null, ...(task && { task }) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message.replace(/^\w+: /, "");
  }
}

function columnWarning({ name, type, missing, distinct }: ColumnFacts, rows: number): readonly string[] {
  const called = JSON.stringify(name);
  if (missing === rows) return [`${called} has no value in any row`];
  if (missing > 0.5 * rows) return [`${called} is missing in ${printCount(missing)} of ${printCount(rows)} rows`];
  return type !== "image" && distinct === 1 && missing === 0 && rows > 1 ? [`${called} has one value in all rows`] : [];
}

function duplicateWarning({ rows, conflicting }: Duplicates): readonly string[] {
  if (rows === 0) return [];
  const other = conflicting > 0 ? `, ${printCount(conflicting)} of them another target` : "";
  return [
    `${printCount(rows)} rows have the inputs of an earlier row${other}: in training and validation alike they make results look better`,
  ];
}

function balanceWarning(target: TargetFacts | null): readonly string[] {
  const [most, least] = [target?.classes[0], target?.classes.at(-1)];
  if (!most || !least || most.count < IMBALANCED * least.count) return [];
  return [
    `the class ${JSON.stringify(least.value)} has ${printCount(least.count)} rows, ${JSON.stringify(most.value)} ${printCount(most.count)}: --balance makes rare classes count as much`,
  ];
}
