import { advantage, type Figure } from "./report.ts";

/** Compares a figure with the best of lanegrad among the sorted figures of the case. */
export function against(figure: Figure, same: readonly Figure[]): string {
  const lanegrad = same.find(isLanegrad);
  if (lanegrad === undefined) return "";
  if (figure === lanegrad) return "1";
  const ratio = advantage(figure, figure.median, lanegrad.median);
  return ratio >= 1 ? `${digits(ratio)} times faster` : `${digits(1 / ratio)} times slower`;
}

export function sameCase(a: Figure | undefined, b: Figure): boolean {
  return a?.suite === b.suite && a.case === b.case;
}

export function isLanegrad({ subject }: Pick<Figure, "subject">): boolean {
  return subject.startsWith("lanegrad");
}

/** Three significant digits; numbers above a thousand without decimals and with thousands separators. */
export function digits(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
