import { requireInstance, requireOneOf, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { isRecord } from "../../base/record.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Row } from "../row.ts";
import { Column, type Place, Problem, problem } from "./column.ts";
import { FittedSchema } from "./fitted.ts";
import type { LabelPrediction, ValuePrediction } from "./predictions.ts";
import { type FittedColumn, type NamedColumn, readRows, requirePresent, requireRows } from "./table.ts";

/** Columns by name. */
export type InputColumns = Readonly<Record<string, Column>>;

/** The target by name: one column that is a number, a category or a boolean. */
export type TargetColumn = Readonly<Record<string, Column<Place, "label" | "value">>>;

export interface SchemaOptions<
  Inputs extends InputColumns = InputColumns,
  Target extends TargetColumn = TargetColumn,
  OnMisfit extends "refuse" | "flag" = "refuse" | "flag",
> {
  readonly inputs: Inputs;
  /** Default: none; then the targets of a data set are its inputs, as an autoencoder needs them. */
  readonly target?: Target;
  /** Whether a row that does not fit throws, or is left out and listed. Default: "refuse". */
  readonly onMisfit?: OnMisfit;
}

/** Whether a union has one member. */
type IsOne<Name> = (Name extends unknown ? (each: Name) => void : never) extends (each: infer All) => void
  ? [Name] extends [All]
    ? true
    : false
  : false;

/** x of a data set: one tensor, or several by name. */
export type InputsOf<Inputs extends InputColumns> =
  Inputs[keyof Inputs] extends Column<"features">
    ? Tensor<"float32">
    : IsOne<keyof Inputs> extends true
      ? Tensor
      : Readonly<Record<string, Tensor>>;

/** What is predicted for a row. */
export type PredictionOf<Target extends TargetColumn, OnMisfit> =
  | (Target[keyof Target] extends Column<Place, "label">
      ? LabelPrediction
      : Target[keyof Target] extends Column<Place, "value">
        ? ValuePrediction
        : LabelPrediction | ValuePrediction)
  | ("flag" extends OnMisfit ? null : never);

/** Columns that have not learned from rows yet. */
export interface Schema<
  Inputs extends InputColumns = InputColumns,
  Target extends TargetColumn = TargetColumn,
  OnMisfit extends "refuse" | "flag" = "refuse" | "flag",
> {
  readonly inputs: Inputs;
  /** Undefined for none. */
  readonly target: Target | undefined;
  readonly onMisfit: OnMisfit;
  /**
   * Learns from training rows alone: means, categories, vocabularies. Rows that do not fit throw, or are left out, as `onMisfit` says.
   *
   * @throws RangeError when there are no rows, one does not fit and `onMisfit` is "refuse", a column has only missing values, or
   * the target has one value in all rows
   * @throws TypeError when rows are no array of objects
   */
  fit(rows: readonly Row[]): FittedSchema<InputsOf<Inputs>, Tensor, PredictionOf<Target, OnMisfit>>;
}

/**
 * How the columns of a table become the inputs and the target of a model:
 *
 * `const fitted = schema({ inputs: { age: column.number(), job: column.category() }, target: { income: column.number() } }).fit(rows)`
 *
 * `fitted.dataset(rows)` is trained on, and `fitted.predict(model, rows)` gives labels or values. Columns of the rows that the
 * schema does not name are not used. A missing cell, an unknown category and text in place of a number are refused unless the
 * column says what becomes of them.
 *
 * @throws TypeError when a column is not one that `column` makes, there are no inputs, the target is not one column of a number,
 * category or boolean, or is an input too, or an option is unknown
 * @throws RangeError when the target allows missing values, or an input of its own has the name "features" beside features
 */
export function schema<
  const Inputs extends InputColumns,
  const Target extends TargetColumn = TargetColumn,
  const OnMisfit extends "refuse" | "flag" = "refuse",
>(options: SchemaOptions<Inputs, Target, OnMisfit>): Schema<Inputs, Target, OnMisfit> {
  const where = "schema";
  const filled = withDefaults<SchemaOptions, { inputs: undefined; target: undefined; onMisfit: "refuse" }>(
    where,
    options,
    {
      inputs: undefined,
      target: undefined,
      onMisfit: "refuse",
    },
  );
  const { onMisfit } = filled;
  requireOneOf(where, "onMisfit", onMisfit, ["refuse", "flag"]);
  const inputs = columnsOf(where, "inputs", filled.inputs);
  const target = filled.target === undefined ? undefined : targetOf(where, filled.target, inputs);
  requireNames(where, inputs);
  return {
    inputs: { ...options.inputs },
    target: options.target && { ...options.target },
    onMisfit: onMisfit as OnMisfit,
    fit: (rows) => {
      const { columns, fittedTarget } = fitted(rows, inputs, target, onMisfit);
      return new FittedSchema(columns, fittedTarget, onMisfit);
    },
  };
}

/** The target's column, which encodes as a target. */
export function targetOf(where: string, given: unknown, inputs: readonly NamedColumn[]): NamedColumn {
  const [target, ...more] = columnsOf(where, "target", given);
  if (!target || more.length > 0) {
    throw new TypeError(`${where}: target must be one column; got ${1 + more.length}`);
  }
  const { name, column } = target;
  if (inputs.some((input) => input.name === name)) {
    throw new TypeError(`${where}: the target must not be an input too; got ${shown(name)} as both`);
  }
  const kind = column.kind.target ? column.kind.target() : problem("a number, category or boolean", column.name);
  if (kind instanceof Problem) throw new RangeError(`${where}: the target ${shown(name)} ${kind.text}`);
  return { name, column, kind };
}

/** Refuses an input of a column whose name is that of the shared one. */
export function requireNames(where: string, inputs: readonly NamedColumn[]): void {
  const own = inputs.find(({ name, column }) => name === "features" && column.place === "own");
  if (!own || inputs.every(({ column }) => column.place === "own")) return;
  throw new RangeError(
    `${where}: the name "features" must be that of columns that share an input; got ${own.column.name}`,
  );
}

function columnsOf(where: string, what: string, given: unknown): readonly NamedColumn[] {
  if (!isRecord(given) || Object.keys(given).length === 0) {
    throw new TypeError(`${where}: ${what} must be an object of columns by name, at least one; got ${shown(given)}`);
  }
  return Object.entries(given).map(([name, column]: [string, unknown]) => {
    requireInstance(where, `${what}.${name}`, column, Column, "a column, as column.number() makes it");
    return { name, column: column as Column, kind: (column as Column).kind };
  });
}

function fitted(
  rows: readonly Row[],
  inputs: readonly NamedColumn[],
  target: NamedColumn | undefined,
  onMisfit: "refuse" | "flag",
): { readonly columns: readonly FittedColumn[]; readonly fittedTarget: FittedColumn | undefined } {
  const where = "fit";
  requireRows(where, rows);
  const all = target ? [...inputs, target] : inputs;
  all.forEach((each) => requirePresent(where, rows, each.name));
  const { values, misfits } = readRows(rows, all, { where, onMisfit });
  if (values[0]?.length === 0) {
    const [first] = misfits;
    const why = first ? ` (column ${shown(first.column)} of row ${first.row} ${first.problem})` : "";
    throw new RangeError(`${where}: at least one row must fit; got none of ${rows.length}${why}`);
  }
  const columns = all.map((each, i): FittedColumn => {
    const encoder = each.kind.fit(values[i] ?? []);
    if (encoder instanceof Problem) throw new RangeError(`${where}: column ${shown(each.name)} ${encoder.text}`);
    return { ...each, encoder };
  });
  if (!target) return { columns, fittedTarget: undefined };
  requireDifferent(where, target.name, values.at(-1) ?? []);
  return { columns: columns.slice(0, -1), fittedTarget: columns.at(-1) };
}

function requireDifferent(where: string, name: string, values: readonly unknown[]): void {
  const [first] = values;
  if (values.some((value) => value !== first)) return;
  throw new RangeError(
    `${where}: the target ${shown(name)} must have at least 2 different values; got only ${shown(first)} in ${values.length} rows`,
  );
}
