import { barOf, sparkline } from "../../terminal/bars.ts";
import { plain } from "../../terminal/plain.ts";
import { shellWord } from "../../terminal/shell-word.ts";
import { printCount } from "../../terminal/numbers.ts";
import { table, wrapped } from "../../terminal/table.ts";
import type { Style } from "../../terminal/terminal.ts";
import type { ColumnFacts, Spread } from "./column-facts.ts";
import type { DataFacts, TargetFacts } from "./data-facts.ts";

const MOST_CLASSES = 20; // that are listed
const MOST_COLUMNS = 200; // that are listed
const BAR = 24; // columns of a bar

/** What a data file has, for people. */
export function dataText(facts: DataFacts, style: Style, columns: number): string {
  const { file, rows, inferred, target, warnings } = facts;
  const head = `${style.bold(plain(file))}: ${printCount(rows)} rows, ${printCount(facts.columns.length)} columns`;
  const shown = facts.columns.slice(0, MOST_COLUMNS);
  const cells = shown.map((each) => [
    plain(each.name),
    each.type,
    each.missing === 0 ? "" : printCount(each.missing),
    printCount(each.distinct),
    valuesText(each, rows),
  ]);
  return [
    head,
    table(["column", "type", "missing", "distinct", "values"], cells, columns),
    ...(facts.columns.length > shown.length ? [`and ${facts.columns.length - shown.length} more columns`] : []),
    ...(target ? [targetText(target, facts, style)] : []),
    ...(target && inferred ? [schemaText(facts, style, columns)] : []),
    ...(warnings.length > 0 ? [warnings.map((each) => warningText(each, style, columns)).join("\n")] : []),
  ].join("\n\n");
}

/** `▁▃█▅▂▁▁  32.1 | 44.4 | 59.6`; `Adelie 44 %, Gentoo 36 %` */
function valuesText({ type, spread, frequent, missing }: ColumnFacts, rows: number): string {
  if (type === "date" && spread) return `${sparkline(spread.histogram)} ${dayOf(spread.low)} to ${dayOf(spread.high)}`;
  if (spread) return `${sparkline(spread.histogram)} ${rangeText(spread)}`;
  if (type === "image") return frequent.map(({ value }) => value).join(", ");
  return frequent.map(({ value, count }) => `${plain(value)} ${percent(count, rows - missing)}`).join(", ");
}

function rangeText({ low, median, high }: Spread): string {
  return [low, median, high].map(short).join(" | ");
}

/** Four digits, and all before the point of numbers below a million. */
function short(value: number): string {
  if (Math.abs(value) >= 1e6) return value.toExponential(2).replace("e+", "e");
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}

function targetText({ name, task, classes }: TargetFacts, { columns, rows }: DataFacts, { bold }: Style): string {
  const head = `${bold(`target ${plain(name)}`)}: ${task}`;
  const spread = columns.find((each) => each.name === name)?.spread;
  if (task === "regression") {
    if (!spread) return head;
    return `${head}, half of the values from ${short(spread.lowerQuartile)} to ${short(spread.upperQuartile)}`;
  }
  const shown = classes.slice(0, MOST_CLASSES);
  const most = shown[0]?.count ?? 1;
  const widths = [
    shown.map(({ value }) => Math.min(plain(value).length, BAR)),
    shown.map(({ count }) => printCount(count).length),
  ];
  const [nameWidth = 0, countWidth = 0] = widths.map((each) => Math.max(0, ...each));
  const lines = shown.map(({ value, count }) =>
    [
      plain(value).slice(0, BAR).padEnd(nameWidth),
      printCount(count).padStart(countWidth),
      percent(count, rows).padStart(6),
      barOf((count / most) * BAR),
    ].join("  "),
  );
  const more = classes.length > shown.length ? [`and ${classes.length - shown.length} more classes`] : [];
  return [`${head}, ${classes.length} classes`, ...lines, ...more].join("\n");
}

/** What `train` makes of the columns. */
function schemaText({ file, inferred, target }: DataFacts, { bold, dim }: Style, columns: number): string {
  const all = inferred?.columns.slice(0, MOST_COLUMNS) ?? [];
  const rows = all.map(({ name, role, becomes, reason }) => [
    role === "target" ? `${plain(name)} (target)` : plain(name),
    role === "skipped" ? `skipped: ${plain(reason)}` : becomes,
  ]);
  const how = `lanegrad info ${shellWord(plain(file))} --target ${shellWord(plain(target?.name ?? ""))} --schema > schema.json`;
  return `${bold("what train makes of it")}, to be edited:\n${dim(how)}\n\n${table(["column", "becomes"], rows, columns)}`;
}

function warningText(warning: string, { yellow }: Style, columns: number): string {
  const [first = "", ...more] = wrapped(plain(warning), Math.max(20, columns - 2));
  return [`${yellow("!")} ${first}`, ...more.map((line) => `  ${line}`)].join("\n");
}

function percent(count: number, of: number): string {
  const share = (100 * count) / of;
  return share > 0 && share < 1 ? "<1 %" : `${share.toFixed(share >= 99.5 && share < 100 ? 1 : 0)} %`;
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
