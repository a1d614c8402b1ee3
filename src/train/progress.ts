import type { SingleBar } from "cli-progress";
import type { Epoch } from "./fit.ts";
import type { Evaluation } from "./trainer.ts";

/** A live line about the epoch under way, and a lasting one about each that is done; silent where it is not wanted. */
export class Progress {
  #bar: SingleBar | undefined;
  readonly #epochs: number;
  readonly #samples: number;

  private constructor(bar: SingleBar | undefined, epochs: number, samples: number) {
    this.#bar = bar;
    this.#epochs = epochs;
    this.#samples = samples;
  }

  static async start(wanted: boolean, epochs: number, samples: number): Promise<Progress> {
    if (!wanted) return new Progress(undefined, epochs, samples);
    // Loaded only where it is shown: a server that predicts never reads it.
    const { default: cliProgress } = await import("cli-progress");
    const bar = new cliProgress.SingleBar({
      format: "{title} {bar} {percentage}%  {figures}",
      barCompleteChar: "\u2588",
      barIncompleteChar: "\u2591",
      barsize: 24,
      stream: process.stdout,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    });
    return new Progress(bar, epochs, samples);
  }

  begin(epoch: number): void {
    this.#bar?.start(this.#samples, 0, { title: this.#title(epoch), figures: "" });
  }

  /** @param done samples of this epoch, @param elapsed milliseconds since it began */
  show(done: number, result: Evaluation, elapsed: number): void {
    const rate = (done / elapsed) * 1000;
    const left = Math.max(0, this.#samples - done) / rate;
    const figures = `${figuresOf(result)}  ${Math.round(rate).toLocaleString("en")} samples/s  ${left.toFixed(0)} s left`;
    this.#bar?.update(Math.min(done, this.#samples), { figures });
  }

  end(epoch: Epoch): void {
    if (!this.#bar) return;
    this.#bar.stop();
    const validation = epoch.validation ? `  validation ${figuresOf(epoch.validation)}` : "";
    console.log(`${this.#title(epoch.epoch)}  ${figuresOf(epoch)}${validation}  ${epoch.seconds.toFixed(1)} s`);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #title(epoch: number): string {
    return `epoch ${String(epoch).padStart(String(this.#epochs).length)}/${this.#epochs}`;
  }
}

function figuresOf({ loss, accuracy }: Evaluation): string {
  return `loss ${loss.toFixed(4)}${accuracy === undefined ? "" : `  accuracy ${(accuracy * 100).toFixed(2)} %`}`;
}
