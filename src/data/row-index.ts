import { ShapeError } from "../base/errors.ts";
import { rowSize } from "../base/rows.ts";
import type { Tensors } from "../base/tensors.ts";
import { namedTensors } from "./dataset.ts";

/** Numbers of one tensor as words of 32 bits, some for each row. */
interface Column {
  readonly name: string;
  readonly words: Int32Array;
  readonly width: number;
}

/** Finds rows of the same bits. A row is a sample: its row in each of the tensors. */
export class RowIndex {
  readonly #columns: readonly Column[];
  /** The last row that was added for each hash. */
  readonly #heads = new Map<number, number>();
  /** The row of the same hash that was added before; -1 for none. */
  readonly #before: Int32Array;

  constructor(tensors: Tensors, length: number) {
    this.#columns = columnsOf(tensors);
    this.#before = new Int32Array(length);
  }

  /** Requires tensors whose rows may equal those of this index. @throws ShapeError for other names, dtypes or shapes */
  columnsLike(where: string, tensors: Tensors): readonly Column[] {
    const columns = columnsOf(tensors);
    const print = (all: readonly Column[]): string => all.map(({ name }) => name).join(", ");
    if (print(columns) === print(this.#columns)) return columns;
    throw new ShapeError(
      `${where}: samples of both parts must have one shape; got ${print(this.#columns)} and ${print(columns)}`,
    );
  }

  /** The row that equals row i of `columns`; -1 for none. */
  find(i: number, columns: readonly Column[] = this.#columns): number {
    let row = this.#heads.get(hash(columns, i)) ?? -1;
    while (row >= 0 && !areEqual(this.#columns, row, columns, i)) row = this.#before[row] ?? -1;
    return row;
  }

  /** The row that equals row i of this index; adds row i if there is none. */
  findOrAdd(i: number): number {
    const found = this.find(i);
    if (found >= 0) return found;
    const key = hash(this.#columns, i);
    this.#before[i] = this.#heads.get(key) ?? -1;
    this.#heads.set(key, i);
    return i;
  }
}

/** For each sample the first one with the same inputs, itself if there is none before. */
export function firstEqualRows(x: Tensors, length: number): Int32Array {
  const index = new RowIndex(x, length);
  return Int32Array.from({ length }, (_, i) => index.findOrAdd(i));
}

function columnsOf(tensors: Tensors): Column[] {
  return namedTensors("x", tensors)
    .map(([path, x]) => ({
      name: `${path} ${x.dtype} [samples${x.shape
        .slice(1)
        .map((extent) => `, ${extent}`)
        .join("")}]`,
      words: new Int32Array(x.data.buffer, x.data.byteOffset, x.data.length),
      width: rowSize(x),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function hash(columns: readonly Column[], row: number): number {
  let mixed = 0;
  for (const { words, width } of columns) {
    const end = (row + 1) * width;
    for (let i = row * width; i < end; i++) {
      mixed = Math.imul(mixed ^ (words[i] ?? 0), 0x9e3779b1); // odd, so no bit is lost; 2^32 / golden ratio
      mixed ^= mixed >>> 15; // high bits reach low ones
    }
  }
  return mixed;
}

function areEqual(a: readonly Column[], rowOfA: number, b: readonly Column[], rowOfB: number): boolean {
  return a.every(({ words, width }, column) => {
    const others = b[column]?.words ?? words;
    for (let i = 0; i < width; i++) if (words[rowOfA * width + i] !== others[rowOfB * width + i]) return false;
    return true;
  });
}
