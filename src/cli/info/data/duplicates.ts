import { Tensor, data } from "lanegrad";
import type { Row } from "lanegrad/data";

/** Rows whose inputs are those of an earlier row. */
export interface Duplicates {
  readonly rows: number;
  /** Those of them that have another target. */
  readonly conflicting: number;
}

/** The second word of cells that are no numbers: no number of 64 bits ends so. */
const NOT_A_NUMBER = -1;

/** @param names of the inputs, at least one; images among them must have one shape, else they are not compared */
export function duplicatesIn(rows: readonly Row[], names: readonly string[], target: string | undefined): Duplicates {
  const images = names.filter((name) => rows[0]?.[name] instanceof Tensor);
  const cells = names.filter((name) => !images.includes(name));
  const stacks = images.map((name) => stacked(rows, name));
  if (stacks.includes(undefined)) return { rows: 0, conflicting: 0 };
  const inputs = [...stacks.filter((each) => each !== undefined), ...(cells.length > 0 ? [coded(rows, cells)] : [])];
  const x = Object.fromEntries(inputs.map((each, i) => [`x${i}`, each]));
  const y = coded(rows, target === undefined ? [] : [target]);
  const groups = data.duplicateGroups({ x, y, length: rows.length });
  let [count, conflicting] = [0, 0];
  groups.forEach((group, row) => {
    if (group === row) return;
    count++;
    const isEqual = y.data[2 * group] === y.data[2 * row] && y.data[2 * group + 1] === y.data[2 * row + 1];
    if (target !== undefined && !isEqual) conflicting++;
  });
  return { rows: count, conflicting };
}

/** Two words for each cell, [rows, 2 · columns], which are equal for equal cells. */
function coded(rows: readonly Row[], names: readonly string[]): Tensor<"int32"> {
  const width = names.length;
  const numbers = new Float64Array(rows.length * width);
  const words = new Int32Array(numbers.buffer);
  names.forEach((name, column) => {
    const codes = new Map<unknown, number>();
    rows.forEach((row, i) => {
      const cell = row[name];
      const at = i * width + column;
      if (typeof cell === "number" && !Number.isNaN(cell)) {
        numbers[at] = cell + 0; // no -0
        return;
      }
      const key = cell instanceof Date ? `date ${cell.getTime()}` : (cell ?? "");
      const code = codes.get(key) ?? codes.size;
      if (code === codes.size) codes.set(key, code);
      words[2 * at] = code;
      words[2 * at + 1] = NOT_A_NUMBER;
    });
  });
  return new Tensor([rows.length, 2 * width], "int32", words);
}

/** Images as one tensor; undefined if their shapes differ. */
function stacked(rows: readonly Row[], name: string): Tensor | undefined {
  const first = rows[0]?.[name];
  if (!(first instanceof Tensor)) return undefined;
  const numbers = new Float32Array(rows.length * first.size);
  const isOne = rows.every((row, i) => {
    const image = row[name];
    if (!(image instanceof Tensor) || image.shape.join() !== first.shape.join()) return false;
    numbers.set(image.data, i * first.size);
    return true;
  });
  return isOne ? new Tensor([rows.length, ...first.shape], "float32", numbers) : undefined;
}
