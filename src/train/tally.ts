import type { Decision } from "../nn/index.ts";
import type { Program } from "../runtime/program.ts";
import type { Shape, Tensor } from "../tensor.ts";
import type { Evaluation } from "./trainer.ts";

/** Losses and right decisions, added up over batches. */
export class Tally {
  #loss = 0;
  #correct = 0;
  #decides = true;
  #samples = 0;

  add(loss: number, samples: number, correct: number | undefined): void {
    this.#loss += loss * samples;
    this.#samples += samples;
    this.#correct += correct ?? 0;
    this.#decides &&= correct !== undefined;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Means over all samples so far. */
  result(): Evaluation {
    return {
      loss: this.#loss / this.#samples,
      accuracy: this.#decides ? this.#correct / this.#samples : undefined,
    };
  }
}

/** The loss that the last run of a program gave: its first output. */
export function lossOf(program: Program): number {
  const [loss] = program.outputs;
  return (loss && program.read(loss)[0]) ?? NaN;
}

/** How many samples are decided right; one with several numbers counts when all of them are. */
export function countCorrect(decision: Decision, scores: ArrayLike<number>, shape: Shape, target: Tensor): number {
  const rows = shape[0] ?? 1;
  const width = scores.length / rows;
  const isRight =
    decision === "highest"
      ? (row: number): boolean => highest(scores, row * width, width) === target.data[row]
      : (row: number): boolean => agrees(decision.above, scores, target.data, row * width, width);
  let correct = 0;
  for (let row = 0; row < rows; row++) if (isRight(row)) correct++;
  return correct;
}

function highest(scores: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) {
    if ((scores[start + i] ?? 0) > (scores[start + best] ?? 0)) best = i;
  }
  return best;
}

function agrees(
  threshold: number,
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  start: number,
  width: number,
): boolean {
  for (let i = start; i < start + width; i++) {
    if ((scores[i] ?? 0) > threshold !== (targets[i] ?? 0) > 0.5) return false;
  }
  return true;
}
