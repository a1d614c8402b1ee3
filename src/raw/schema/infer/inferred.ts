import { INSPECT } from "../../../base/inspect.ts";
import { printTable } from "../../../base/print.ts";
import { visible } from "../../../base/shown.ts";
import type { Column } from "../column.ts";
import { type SchemaDescription, describeSchema } from "../description.ts";
import { givenOptions } from "../from-json.ts";
import type { Schema } from "../schema.ts";
import type { Task } from "./target.ts";

/** What a column of a table becomes. */
export interface InferredColumn {
  readonly name: string;
  readonly role: "input" | "target" | "skipped";
  /** Undefined if it is skipped. */
  readonly column: Column | undefined;
  /** What it becomes, in words: `number, missing median, indicator`, or `skipped`. */
  readonly becomes: string;
  /** What its cells are, or why it is skipped: `3 different texts`. */
  readonly reason: string;
}

/** What `inferSchema` found: `schema` learns from rows, and `toJSON` is for people to edit. `console.log` prints a table. */
export class InferredSchema {
  /** @internal */
  constructor(
    /** Not fitted. */
    readonly schema: Schema,
    /** All columns of the rows, in their order. */
    readonly columns: readonly InferredColumn[],
    /** Undefined without a target. */
    readonly task: Task | undefined,
    /** What a person should look at: columns that tell the target by themselves, rows without a target. */
    readonly warnings: readonly string[],
  ) {}

  /** Plain data for a file; `schemaFromDescription` makes the schema of it, also after a person edited it. */
  toJSON(): SchemaDescription {
    const skipped = this.columns.filter(({ role }) => role === "skipped");
    return {
      ...describeSchema(this.schema),
      ...(skipped.length > 0 && { skipped: Object.fromEntries(skipped.map(({ name, reason }) => [name, reason])) }),
    };
  }

  /** A table of columns, what they become and why, then the warnings. */
  toString(): string {
    const rows = this.columns.map(({ name, role, becomes, reason }) => [
      visible(role === "target" ? `${name} (target)` : name),
      becomes,
      visible(reason),
    ]);
    const warnings = this.warnings.map((each) => `\nwarning: ${visible(each)}`);
    return printTable(["column", "becomes", "because"], rows) + warnings.join("");
  }

  /** What `console.log` prints. */
  [INSPECT](): string {
    return String(this);
  }
}

/** What a column becomes, in words. */
export function wordsOf(column: Column | undefined): string {
  if (!column) return "skipped";
  const options = Object.entries(givenOptions(column)).map(([name, value]) => {
    if (value === true) return name;
    return `${name} ${Array.isArray(value) ? value.join(" ") : String(value)}`;
  });
  return [column.name, ...options].join(", ");
}
