import { data } from "lanegrad";
import type { Cell, Row } from "lanegrad/data";
import { requireColumn } from "../data/columns.ts";
import { CommandError } from "../errors.ts";
import type { Recipe } from "./recipe.ts";

/** Rows of a training. */
export interface RecipeRows {
  readonly rows: readonly Row[];
  /** Rows of the validation file; null where the validation set is a share of the rows. */
  readonly validation: readonly Row[] | null;
}

export interface Part {
  readonly rows: readonly Row[];
  /** Index of each row in its file. */
  readonly indices: Int32Array;
}

export interface Parts {
  readonly training: Part;
  readonly validation: Part;
  readonly test: Part;
}

/**
 * Rows in the parts of a recipe, which the seed draws: by group or time if the recipe names a column, else with equal shares of the
 * classes. Rows of a class that is too rare for that are all in the training set.
 *
 * @param isClass whether the target is a class
 * @throws CommandError when a column is missing, or a part would be empty
 */
export function splitRows(where: string, { split, target }: Recipe, given: RecipeRows, isClass: boolean): Parts {
  const { rows } = given;
  const shares = { validation: typeof split.validation === "number" ? split.validation : 0, test: split.test };
  const parts = Object.values(shares).filter((share) => share > 0).length + 1;
  const cut = (among: readonly Row[], criteria: object): Record<keyof Parts, Int32Array> =>
    cutOf(where, among, { ...shares, ...criteria });
  const indices = ((): Record<keyof Parts, Int32Array> => {
    if (parts === 1) return { training: all(rows), validation: new Int32Array(0), test: new Int32Array(0) };
    if (split.group !== null) {
      const column = requireColumn(where, "--group", rows, split.group);
      return cut(rows, { groups: (row: Row) => String(row[column]) });
    }
    if (split.time !== null) {
      const column = requireColumn(where, "--time", rows, split.time);
      return cut(rows, { times: rows.map((row, i) => timeOf(where, column, row[column], i)) });
    }
    if (!isClass) return cut(rows, {});
    return cutByClass(rows, (row) => String(row[target]), parts, cut);
  })();
  const part = (name: keyof Parts): Part => ({ rows: rowsAt(rows, indices[name]), indices: indices[name] });
  const validation = given.validation ? { rows: given.validation, indices: all(given.validation) } : part("validation");
  return { training: part("training"), validation, test: part("test") };
}

/** Cuts rows with equal shares of classes; rows of classes with fewer rows than parts are in the training set. */
function cutByClass(
  rows: readonly Row[],
  classOf: (row: Row) => string,
  parts: number,
  cut: (rows: readonly Row[], criteria: object) => Record<keyof Parts, Int32Array>,
): Record<keyof Parts, Int32Array> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(classOf(row), (counts.get(classOf(row)) ?? 0) + 1);
  const isRare = (row: Row): boolean => (counts.get(classOf(row)) ?? 0) < parts;
  const common = all(rows).filter((i) => !isRare(rows[i] ?? {}));
  const rare = all(rows).filter((i) => isRare(rows[i] ?? {}));
  if (common.length === 0) return cut(rows, {});
  const { training, validation, test } = cut(rowsAt(rows, common), { stratify: classOf });
  const back = (indices: Int32Array): Int32Array => indices.map((i) => common[i] ?? 0);
  return { training: Int32Array.from([...back(training), ...rare]), validation: back(validation), test: back(test) };
}

function cutOf(where: string, rows: readonly Row[], options: object): Record<keyof Parts, Int32Array> {
  try {
    return data.split(rows, options).indices;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`${where}: ${error.message.replace(/^split: /, "")}`, "--validation 0 trains on all rows");
  }
}

/** A moment as a number: that of a date, a number, or a text that is one. */
function timeOf(where: string, column: string, cell: Cell, row: number): number {
  const time = cell instanceof Date ? cell.getTime() : typeof cell === "string" ? textTime(cell) : Number(cell ?? NaN);
  if (Number.isFinite(time)) return time;
  throw new CommandError(
    `${where}: column ${JSON.stringify(column)} of --time must hold dates or numbers; got ${JSON.stringify(String(cell))} in row ${row}`,
  );
}

function textTime(text: string): number {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : Date.parse(text);
}

function rowsAt(rows: readonly Row[], indices: Int32Array): readonly Row[] {
  return Array.from(indices, (i) => rows[i] ?? {});
}

function all(rows: readonly Row[]): Int32Array {
  return Int32Array.from(rows, (_, i) => i);
}
