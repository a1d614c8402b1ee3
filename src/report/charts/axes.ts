import { INK, LINE, MUTED } from "./palette.ts";
import { figure } from "../page/format.ts";

/** An axis of numbers. */
export interface Axis {
  /** What it shows, with its unit. Default: none, where the title says it. */
  readonly name?: string;
  readonly min?: number;
  readonly max?: number;
  /** Least distance of ticks. */
  readonly step?: number;
  /** Distance of ticks. */
  readonly interval?: number;
  readonly log?: boolean;
  /** How numbers print. Default: four significant digits. */
  readonly print?: (value: number) => string;
}

export const TEXT = { fontFamily: "inherit", fontSize: 12, color: MUTED };

/** The picture's own space for axes, whose labels and names are never cut. */
export const GRID = { left: 4, right: 16, top: 10, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" };

/** An axis as ECharts takes it; `isUpright` for the one of y. */
export function axisOf({ name, min, max, step, interval, log, print = figure }: Axis, isUpright: boolean): object {
  return {
    type: log === true ? "log" : "value",
    ...nameOf(name, isUpright),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(step !== undefined && { minInterval: step }),
    ...(interval !== undefined && { interval }),
    ...(log === true && min !== undefined && { startValue: min }),
    scale: true,
    splitNumber: 4,
    axisLine: { show: !isUpright, onZero: false, lineStyle: { color: LINE } },
    axisTick: { show: false },
    splitLine: { show: isUpright, lineStyle: { color: LINE } },
    axisLabel: { color: MUTED, hideOverlap: true, formatter: print },
  };
}

/** An axis of names. */
export function namesOf(names: readonly string[], name: string | undefined, isUpright: boolean): object {
  return {
    type: "category",
    data: names,
    ...nameOf(name, isUpright),
    inverse: isUpright,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: INK, interval: 0, hideOverlap: false },
  };
}

function nameOf(name: string | undefined, isUpright: boolean): object {
  return name === undefined
    ? {}
    : { name, nameLocation: "middle", nameGap: isUpright ? 10 : 8, nameTextStyle: { color: MUTED } };
}

const LONGEST = 18; // characters

/** A name for an axis: in one line and cut. */
export function shortName(name: string, longest = LONGEST): string {
  const line = name.replaceAll(/[\s\p{Control}]+/gu, " ").trim();
  const letters = Array.from(line);
  return letters.length <= longest ? line : `${letters.slice(0, longest - 1).join("")}…`;
}
