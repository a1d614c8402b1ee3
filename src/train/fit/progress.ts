import { type Terminal, platform } from "#platform";
import { printCount, printPercent } from "../../base/print.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Callback } from "./callback.ts";
import type { BeginEvent, CheckpointEvent, EndEvent, EpochEvent, ProgressEvent } from "./event.ts";

const WIDTH = 24; // characters of the bar

/** Prints a line for each finished epoch and, in a terminal, a live line for the current one. */
export class Progress implements Callback {
  /** The terminal of the live line; undefined without one. */
  readonly #terminal: Terminal | undefined = platform.terminal();
  #epochs = 1;
  #samples: number | undefined;
  #directory: string | undefined;

  readonly onBegin = ({ epochs, epoch, samples }: BeginEvent): void => {
    this.#epochs = epochs;
    this.#samples = samples;
    this.#draw(epoch, 0, "");
  };

  readonly onProgress = (event: ProgressEvent): void => {
    if (!this.#terminal) return;
    const { epoch, samples, seconds } = event;
    const rate = samples / seconds;
    const left = this.#samples === undefined ? "" : `  ${((this.#samples - samples) / rate).toFixed(0)} s left`;
    this.#draw(epoch, samples, `${figuresOf(event)}  ${printCount(Math.round(rate))} samples/s${left}`);
  };

  readonly onEpoch = (event: EpochEvent): void => {
    const { epoch, seconds } = event;
    const validation = event.validation ? `  validation ${figuresOf(event.validation)}` : "";
    const averaged = event.averaged ? `  averaged ${figuresOf(event.averaged)}` : "";
    this.#terminal?.live("");
    platform.print(`${this.#title(epoch)}  ${figuresOf(event)}${validation}${averaged}  ${seconds.toFixed(1)} s`);
    if (epoch < this.#epochs) this.#draw(epoch + 1, 0, "");
  };

  readonly onCheckpoint = ({ directory }: CheckpointEvent): void => {
    this.#directory = directory;
  };

  readonly onEnd = ({ history: { stopped }, error }: EndEvent): void => {
    this.#terminal?.live("");
    if (stopped === undefined || error !== undefined) return;
    const saved =
      this.#directory === undefined
        ? ""
        : `: checkpoint written to ${JSON.stringify(this.#directory)}, resume: true continues from it`;
    platform.print(`${stopped}${saved}`);
  };

  #draw(epoch: number, samples: number, figures: string): void {
    if (!this.#terminal) return;
    const share = this.#samples === undefined ? undefined : samples / this.#samples;
    this.#terminal.live(
      [this.#title(epoch), share === undefined ? `${printCount(samples)} samples` : bar(share), figures].join("  "),
    );
  }

  #title(epoch: number): string {
    return `epoch ${String(epoch).padStart(String(this.#epochs).length)}/${this.#epochs}`;
  }
}

/** `████████░░░░ 66 %` */
function bar(share: number): string {
  return `${"\u2588".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "\u2591")} ${Math.floor(share * 100)} %`;
}

/** `loss 0.1234  accuracy 98.10 %`, and the metrics that `fit` follows. */
function figuresOf({ loss, accuracy }: Evaluation): string {
  return `loss ${loss.toFixed(4)}${accuracy === undefined ? "" : `  accuracy ${printPercent(accuracy, 2)}`}`;
}
