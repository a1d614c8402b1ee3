import type { Cell, Row } from "lanegrad/data";

/** A row of the input, with its cells exactly as they came. */
export interface InputRow {
  /** Where it is: `line 3`. */
  readonly place: string;
  /** Names of its columns, in order. */
  readonly names: readonly string[];
  /** The cells that a schema reads. */
  readonly row: Row;
  /** The whole row as one JSON object, if it came as one. */
  readonly object?: string;
  /** Cells as CSV has them, without quotes; an absent one is empty. */
  texts(names: readonly string[]): readonly string[];
  /** Cells as JSON; an absent one is undefined. */
  jsons(names: readonly string[]): readonly (string | undefined)[];
}

/** Rows as they come: all that are ready at a time. */
export type InputRows = AsyncIterable<readonly InputRow[]>;

/** A row that is no text: of Parquet, of images. */
export class ValueRow implements InputRow {
  readonly names: readonly string[];

  /** @param number of the row, from 0 */
  constructor(
    readonly row: Row,
    readonly number: number,
  ) {
    this.names = Object.keys(row).filter((name) => isPlain(row[name]));
  }

  get place(): string {
    return `row ${this.number}`;
  }

  texts(names: readonly string[]): readonly string[] {
    return names.map((name) => textOf(Object.hasOwn(this.row, name) ? this.row[name] : null));
  }

  jsons(names: readonly string[]): readonly (string | undefined)[] {
    return names.map((name) => (Object.hasOwn(this.row, name) ? jsonOf(this.row[name]) : undefined));
  }
}

/** Whether a cell can be written: all but images. */
function isPlain(cell: Cell): boolean {
  return typeof cell !== "object" || cell === null || cell instanceof Date;
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined || !isPlain(cell)) return "";
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

function jsonOf(cell: Cell): string {
  if (typeof cell === "bigint") return String(cell);
  return JSON.stringify(cell === undefined || !isPlain(cell) ? null : cell);
}
