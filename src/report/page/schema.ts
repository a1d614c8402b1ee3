import { isRecord } from "../../base/record.ts";
import type { Json } from "../run/record.ts";
import { counted, figure, plain } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import { columns, table } from "./table.ts";

const MOST_NAMES = 8; // categories that are listed

/** A schema as a table: each column, and what it becomes. Another form of it is shown as JSON. */
export function schemaBody(schema: Json): Html {
  const given: Readonly<Record<string, unknown>> = isRecord(schema) ? schema : {};
  const { inputs, target } = given;
  const rows = Array.isArray(inputs) ? inputs.map((each: unknown) => rowOf(each, "input")) : [];
  const all = [...rows, ...(target === null || target === undefined ? [] : [rowOf(target, "target")])];
  const known = all.filter((row) => row !== undefined);
  const isKnown = rows.length > 0 && known.length === all.length;
  const raw = html`<pre class="scroll" tabindex="0">${JSON.stringify(schema, null, 2)}</pre>`;
  if (!isKnown) return raw;
  return html`${table(columns("column", "role", "kind", "becomes"), known)}
    <details>
      <summary>Options and what was learned, as JSON</summary>
      ${raw}
    </details>`;
}

function rowOf(entry: unknown, role: string): readonly Part[] | undefined {
  const [name, value]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof name !== "string" || !isRecord(value) || typeof value["column"] !== "string") return undefined;
  const { column, options, state } = value;
  return [name, role, column, becomes(column, recordOf(options), recordOf(state), role === "target")];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

type Values = Readonly<Record<string, unknown>>;

/** What a column becomes, in a sentence. */
function becomes(column: string, options: Values, state: Values, isTarget: boolean): string {
  const list = (key: string): readonly unknown[] => {
    const found = state[key];
    return Array.isArray(found) ? found : [];
  };
  if (column === "number") {
    const { scale, missing, indicator } = options;
    const { center, spread, fill } = state;
    const numbers =
      typeof center === "number" && typeof spread === "number" ? `: (x − ${figure(center)}) / ${figure(spread)}` : "";
    const filled = missing !== "refuse" && typeof fill === "number" ? `; a missing one becomes ${figure(fill)}` : "";
    return `a number (${plain(scale)})${numbers}${filled}${indicator === true ? "; a second number is 1 where it is missing" : ""}`;
  }
  if (column === "category") {
    const names = list("categories").map(plain);
    const shown = names.slice(0, MOST_NAMES).join(", ") + (names.length > MOST_NAMES ? ", …" : "");
    if (isTarget) return `one of ${counted(names.length, "class", "classes")}: ${shown}`;
    if (names.length === 0) return `zeros and a 1 (${plain(options["encode"])})`;
    return `one of ${counted(names.length, "category", "categories")} (${plain(options["encode"])}): ${shown}`;
  }
  if (column === "text") {
    const words = list("words").length;
    return words > 0
      ? `${plain(options["encode"])} of ${counted(words, "word")}`
      : `words (${plain(options["encode"])})`;
  }
  if (column === "boolean") return "1 for true, 0 for false";
  if (column === "date" && Array.isArray(options["parts"])) return `numbers: ${options["parts"].map(plain).join(", ")}`;
  if (column === "image" && Array.isArray(options["size"])) return `pixels: ${options["size"].map(plain).join(" × ")}`;
  return column;
}
