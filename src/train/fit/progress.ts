import { type Terminal, platform } from "#platform";
import { printCount, printPercent } from "../../base/print.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Epoch } from "./history.ts";

const WIDTH = 24; // characters of the bar
const CLEAR = "\r\u001b[K"; // carriage return, erase to the end of the line

/** Prints a line for each finished epoch and, in a terminal, a live line for the current one. */
export class Progress {
  readonly #isEnabled: boolean;
  /** The terminal of the live line; undefined without one. */
  readonly #terminal: Terminal | undefined;
  readonly #epochs: number;
  readonly #samples: number;
  #epoch = 0;

  constructor(isEnabled: boolean, epochs: number, samples: number) {
    this.#isEnabled = isEnabled;
    this.#terminal = isEnabled ? platform.terminal() : undefined;
    this.#epochs = epochs;
    this.#samples = samples;
  }

  begin(epoch: number): void {
    this.#epoch = epoch;
    this.#draw(0, "");
  }

  /** @param done samples of this epoch, @param elapsed milliseconds since it began */
  show(done: number, result: Evaluation, elapsed: number): void {
    if (!this.#terminal) return;
    const rate = (done / elapsed) * 1000;
    const left = (this.#samples - done) / rate;
    const speed = `${printCount(Math.round(rate))} samples/s  ${left.toFixed(0)} s left`;
    this.#draw(done, `${figuresOf(result)}  ${speed}`);
  }

  end(epoch: Epoch): void {
    this.stop();
    if (!this.#isEnabled) return;
    const validation = epoch.validation ? `  validation ${figuresOf(epoch.validation)}` : "";
    const averaged = epoch.averaged ? `  averaged ${figuresOf(epoch.averaged)}` : "";
    platform.print(`${this.#title()}  ${figuresOf(epoch)}${validation}${averaged}  ${epoch.seconds.toFixed(1)} s`);
  }

  /** Erases the live line. */
  stop(): void {
    this.#terminal?.write(CLEAR);
  }

  #draw(done: number, figures: string): void {
    if (!this.#terminal) return;
    const share = done / this.#samples;
    const bar = "\u2588".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "\u2591");
    const line = `${this.#title()}  ${bar} ${Math.floor(share * 100)} %  ${figures}`;
    this.#terminal.write(CLEAR + line.slice(0, this.#terminal.columns - 1));
  }

  #title(): string {
    return `epoch ${String(this.#epoch).padStart(String(this.#epochs).length)}/${this.#epochs}`;
  }
}

function figuresOf({ loss, accuracy }: Evaluation): string {
  return `loss ${loss.toFixed(4)}${accuracy === undefined ? "" : `  accuracy ${printPercent(accuracy, 2)}`}`;
}
