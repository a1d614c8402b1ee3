import { GRID, TEXT, namesOf, shortName } from "./axes.ts";
import { ACCENT, INK, ON_ACCENT } from "./palette.ts";

/** A square of cells with a number in each, darker the larger its share. */
export interface HeatMap {
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
  /** Shares of the row's sum. */
  readonly shares: readonly (readonly number[])[];
  readonly x: string;
  readonly y: string;
}

const FAINTEST = 0.04;
/** The opacity from which on text is in the colour that is read on the accent. */
const DARK = 0.62;

interface Api {
  value(dimension: number): number;
  coord(place: readonly number[]): number[];
  size(place: readonly number[]): number[];
}

export function heatMap({ names, counts, shares, x, y }: HeatMap): object {
  const cells = counts.flatMap((row, i) => row.map((_, j) => [j, i]));
  const labels = names.map((name) => shortName(name, names.length > 5 ? 8 : 14));
  const renderItem = (_: unknown, api: Api): object => {
    const [j, i] = [api.value(0), api.value(1)];
    const [centerX = 0, centerY = 0] = api.coord([j, i]);
    const [width = 0, height = 0] = api.size([1, 1]);
    const share = shares[i]?.[j] ?? 0;
    const count = counts[i]?.[j] ?? 0;
    const shape = {
      x: centerX - width / 2 + 1,
      y: centerY - height / 2 + 1,
      width: width - 2,
      height: height - 2,
      r: 2,
    };
    // By the root, so that rare mistakes are seen.
    const opacity = Math.max(FAINTEST, Math.sqrt(share));
    const color = opacity > DARK ? ON_ACCENT : INK;
    const text = { type: "text", style: { ...textOf(count, width), x: centerX, y: centerY, fill: color } };
    const rect = { type: "rect", shape, style: { fill: ACCENT, opacity } };
    return { type: "group", children: count > 0 ? [rect, text] : [rect] };
  };
  return {
    animation: false,
    textStyle: TEXT,
    grid: GRID,
    xAxis: { ...namesOf(labels, x, false), position: "bottom" },
    yAxis: namesOf(labels, y, true),
    series: [{ type: "custom", data: cells, renderItem, silent: true }],
  };
}

/** A count that fits in its cell. */
function textOf(count: number, width: number): object {
  const text = count < 10_000 ? String(count) : `${Math.round(count / 1000)}k`;
  const fontSize = Math.max(7, Math.min(12, Math.floor((width - 4) / (0.6 * text.length))));
  return { text, fontSize, fontFamily: "inherit", align: "center", verticalAlign: "middle" };
}
