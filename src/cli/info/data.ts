import type { SchemaDescription } from "lanegrad/data";
import { readRows } from "../data/read-rows.ts";
import { CommandError, UsageError } from "../errors.ts";
import { columnsOf, listed, requireColumn } from "../data/columns.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type DataFacts, dataFactsOf } from "./data/data-facts.ts";
import { dataText } from "./data/data-text.ts";
import type { InfoOptions } from "../actions/info.ts";

/** Shows what a data file has, or, with --schema, what its columns become, as JSON for `lanegrad train --schema`. */
export async function infoData(path: string, options: InfoOptions, terminal: Terminal): Promise<void> {
  const { format, delimiter, labels, task } = options;
  const rows = await readRows("info", path, { format, delimiter, labels });
  const names = columnsOf(rows);
  const target = options.target ?? (names.includes("image") && names.includes("label") ? "label" : undefined);
  if (target !== undefined) requireColumn("info", "--target", rows, target);
  const facts = dataFactsOf(path, rows, target, task);
  if (!options.schema) return terminal.result(jsonOf(facts), () => dataText(facts, terminal.style, terminal.columns));
  const { inferred, target: found, warnings } = facts;
  if (target === undefined) {
    throw new UsageError(
      "info: --target must name the column that is predicted, with --schema; got none",
      `columns: ${listed(names)}`,
    );
  }
  if (!inferred || !found) throw new CommandError(`info: ${warnings[0] ?? "no schema can be inferred"}`);
  for (const warning of warnings) terminal.note(`! ${warning}`);
  const schema = inferred.toJSON();
  await terminal.result(schema, () => schemaText(schema));
}

function jsonOf({ inferred, ...facts }: DataFacts): object {
  return { type: "data", ...facts, schema: inferred?.toJSON() ?? null };
}

/** JSON with one column a line, so that a person finds and edits it. */
function schemaText(schema: SchemaDescription): string {
  const members = Object.entries(schema).map(([name, value]: readonly [string, unknown]) => {
    if (typeof value !== "object" || value === null) return `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const columns = Object.entries(value).map(([column, each]) => `    ${JSON.stringify(column)}: ${spaced(each)}`);
    return `  ${JSON.stringify(name)}: {\n${columns.join(",\n")}\n  }`;
  });
  return `{\n${members.join(",\n")}\n}`;
}

/** JSON in one line, with spaces. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ");
}
