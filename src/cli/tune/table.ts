import { table } from "../terminal/table.ts";
import type { By, Standing } from "./standings.ts";

/** The best `rows` settings as a table, within `columns`; wide ones are shortened. */
export function tableOf(standings: readonly Standing[], by: By, rows: number, columns: number): string {
  const shown = standings.slice(0, rows);
  const names = [...new Set(shown.flatMap(({ settings }) => Object.keys(settings)))];
  const hasAccuracy = shown.some(({ accuracy }) => accuracy !== null);
  const head = ["", ...names, "loss", ...(hasAccuracy ? ["accuracy"] : []), "epochs", "time"];
  const body = shown.map((standing, i) => [
    String(i + 1),
    ...names.map((name) => standing.settings[name] ?? ""),
    scoreOf(standing, "loss", by),
    ...(hasAccuracy ? [scoreOf(standing, "accuracy", by)] : []),
    String(Math.round(meanOf(standing, "epochs"))),
    timeOf(meanOf(standing, "seconds")),
  ]);
  const more = standings.length > shown.length ? [`and ${standings.length - shown.length} more`] : [];
  return [table(head, body, columns), ...more].join("\n");
}

/** A time for people: `1.2 s`, `3 min`, `2 h`. */
export function timeOf(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function scoreOf(standing: Standing, name: By, by: By): string {
  const value = standing[name];
  if (value === null) return standing.trials.some(({ failed }) => failed !== null) ? "diverged" : "";
  const shown = (number: number): string => (name === "loss" ? String(Number(number.toPrecision(4))) : `${(100 * number).toFixed(2)} %`); // prettier-ignore
  return standing.deviation === null || name !== by ? shown(value) : `${shown(value)} ± ${shown(standing.deviation)}`;
}

function meanOf({ trials }: Standing, name: "epochs" | "seconds"): number {
  return trials.reduce((sum, trial) => sum + trial[name], 0) / trials.length;
}
