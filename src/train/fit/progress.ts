import { type Terminal, platform } from "#platform";
import { printCount, printNumber, printPercent } from "../../base/print.ts";
import { visible } from "../../base/shown.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Callback, Trained } from "./callback.ts";
import { curvesOf } from "./curves.ts";
import type { BeginEvent, CheckpointEvent, EndEvent, EpochEvent, ProgressEvent } from "./event.ts";
import { TimeLeft } from "./time-left.ts";

const PAUSE = 50; // ms between two live lines
const NARROW = 40; // columns below which there is no bar
const NARROWEST = 24; // columns below which lines of epochs are whole
const LONGEST_BAR = 24; // columns
const BAR = 0.1; // of the columns
const SHORT = 40; // characters of losses by name that are shown

/** Prints a line for each finished epoch and, in a terminal, a live line for the current one and curves at the end. */
export class Progress implements Callback {
  /** The terminal of the live line; undefined without one. */
  readonly #terminal: Terminal | undefined = platform.terminal();
  #begun: BeginEvent | undefined;
  #left: TimeLeft | undefined;
  #drawnAt = -Infinity;
  #isBlank = true;
  #directory: string | undefined;

  readonly onBegin = (event: BeginEvent): void => {
    this.#begun = event;
    this.#left = new TimeLeft(event);
    this.#draw(event.epoch, 0, []);
  };

  readonly onProgress = (event: ProgressEvent, { optimizer }: Trained): void => {
    if (!this.#terminal) return;
    const { epoch, step, samples, seconds } = event;
    const steps = this.#begun?.steps;
    this.#draw(epoch, samples, [
      ...figuresOf(event),
      ...(this.#left?.at(event) ?? []),
      `${printCount(Math.round(samples / seconds))} samples/s`,
      `step ${step}${steps === undefined ? "" : `/${steps}`}`,
      `lr ${Number((optimizer.filledGroups[0] ?? optimizer).lr.toPrecision(3))}`,
    ]);
  };

  readonly onEpoch = (event: EpochEvent): void => {
    const { epoch, seconds, validation, averaged } = event;
    const [loss = "", ...trained] = figuresOf(event);
    const others = (name: string, of: Evaluation | undefined): readonly Part[] =>
      (of ? figuresOf(of) : []).map((figure, i) => (i === 0 ? [2, `${name} ${figure}`] : [3, figure]));
    const parts: readonly Part[] = [
      [0, this.#title(epoch)],
      [1, loss],
      ...trained.map((figure): Part => [5, figure]),
      ...others("validation", validation),
      ...others("averaged", averaged),
      [4, `${seconds.toFixed(1)} s`],
    ];
    platform.print(mostImportant(parts, this.#columns));
    this.#left?.endEpoch();
    const isLast = epoch === this.#begun?.epochs;
    if (!isLast && performance.now() - this.#drawnAt >= PAUSE) this.#draw(epoch + 1, 0, []);
    else this.#blank();
  };

  readonly onCheckpoint = ({ directory }: CheckpointEvent): void => {
    this.#directory = directory;
  };

  readonly onEnd = ({ history: { epochs, stopped }, error }: EndEvent): void => {
    if (error === undefined) {
      const curves = this.#terminal ? curvesOf(epochs, this.#terminal.columns) : [];
      if (curves.length > 0) platform.print(curves.join("\n"));
      if (stopped !== undefined) platform.print(`${stopped}${this.#saved}`);
    }
    this.#terminal?.live("");
  };

  /** Characters of a line of an epoch. A window too narrow for one breaks it, as one of unknown size does. */
  get #columns(): number {
    const columns = this.#terminal?.columns ?? 0;
    return columns < NARROWEST ? Infinity : columns;
  }

  get #saved(): string {
    if (this.#directory === undefined) return "";
    return `: checkpoint written to ${JSON.stringify(this.#directory)}; resume continues from it`;
  }

  #draw(epoch: number, samples: number, figures: readonly string[]): void {
    if (!this.#terminal) return;
    this.#drawnAt = performance.now();
    this.#isBlank = false;
    const { columns } = this.#terminal;
    const whole = this.#begun?.samples;
    const done = whole === undefined ? `${printCount(samples)} samples` : bar(samples / whole, columns);
    this.#terminal.live(fitting([this.#title(epoch), done, ...figures], columns));
  }

  /** Removes what the line says of an epoch that has ended. */
  #blank(): void {
    if (!this.#isBlank) this.#terminal?.live(" ");
    this.#isBlank = true;
  }

  #title(epoch: number): string {
    const epochs = `${this.#begun?.epochs}`;
    return `epoch ${String(epoch).padStart(epochs.length)}/${epochs}`;
  }
}

/** The parts that fit into a line, the first ones before the others. */
function fitting(parts: readonly string[], columns: number): string {
  return parts.reduce((line, part) => (line.length + 2 + part.length > columns ? line : `${line}  ${part}`));
}

/** A part of a line, and how soon it is left out: the higher the number, the sooner. */
type Part = readonly [rank: number, text: string];

/** The most important parts, as many as fit into a line; at least the first two. */
function mostImportant(parts: readonly Part[], columns: number): string {
  const kept = new Set<Part>();
  let left = columns + 2;
  for (const part of parts.toSorted(([a], [b]) => a - b)) {
    left -= part[1].length + 2;
    if (left < 0 && kept.size > 1) break;
    kept.add(part);
  }
  return parts
    .filter((part) => kept.has(part))
    .map(([, text]) => text)
    .join("  ");
}

/** `████████░░░░ 66 %`, or `66 %` in narrow windows. */
function bar(share: number, columns: number): string {
  const percent = `${Math.floor(share * 100)} %`;
  if (columns < NARROW) return percent;
  const width = Math.min(LONGEST_BAR, Math.floor(columns * BAR));
  return `${"\u2588".repeat(Math.round(share * width)).padEnd(width, "\u2591")} ${percent}`;
}

/** `loss 0.1234`, `accuracy 98.10 %`, and the metrics that `fit` follows. */
function figuresOf({ loss, losses = {}, accuracy, accuracies = {}, metrics = {} }: Evaluation): readonly string[] {
  const named = Object.entries(losses).map(([name, each]) => `${visible(name)} ${printNumber(each)}`);
  const text = named.join(", ");
  const parts = [`loss ${printNumber(loss)}${text !== "" && text.length <= SHORT ? ` (${text})` : ""}`];
  const shares = accuracy === undefined ? Object.entries(accuracies) : [["", accuracy] as const];
  for (const [name, each] of shares) parts.push(`${visible(name)} accuracy ${printPercent(each, 2)}`.trimStart());
  for (const [name, each] of Object.entries(metrics)) parts.push(`${visible(name)} ${printNumber(each)}`);
  return parts;
}
