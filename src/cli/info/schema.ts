import { table } from "../terminal/table.ts";

/** A column of a fitted schema. */
export interface ColumnEntry {
  readonly name: string;
  readonly kind: string;
  readonly isTarget: boolean;
  /** What it learned, in words. */
  readonly learned: string;
}

/** The columns in the JSON of a fitted schema; none if the text has another form. */
export function columnsIn(json: unknown): readonly ColumnEntry[] {
  const { inputs, target }: { readonly inputs?: unknown; readonly target?: unknown } = Object(json);
  const entries: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  const column = (entry: unknown, isTarget: boolean): readonly ColumnEntry[] => {
    if (!Array.isArray(entry) || typeof entry[0] !== "string") return [];
    const { column: kind, state }: { readonly column?: unknown; readonly state?: unknown } = Object(entry[1]);
    return [{ name: entry[0], kind: typeof kind === "string" ? kind : "?", isTarget, learned: learnedIn(state) }];
  };
  return [...entries.flatMap((entry) => column(entry, false)), ...column(target, true)];
}

export function columnTable(entries: readonly ColumnEntry[], columns: number): string {
  const rows = entries.map(({ name, kind, isTarget, learned }) => [name, isTarget ? "target" : "input", kind, learned]);
  return table(["column", "", "kind", "learned"], rows, columns);
}

/** `no, yes`; `center 34.5, spread 8.66` */
function learnedIn(state: unknown): string {
  return Object.entries(Object(state))
    .flatMap(([name, value]: readonly [string, unknown]) => {
      if (Array.isArray(value)) return value.length <= 12 ? value.map(String).join(", ") : `${value.length} ${name}`;
      if (typeof value === "number") return `${name} ${Number(value.toPrecision(4))}`;
      return [];
    })
    .join(", ");
}
