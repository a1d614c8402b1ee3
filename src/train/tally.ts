import type { Decision } from "../nn/index.ts";
import type { Program } from "../runtime/program.ts";
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

/**
 * How many rows of scores are decided right; one with several numbers counts when all of them are.
 * Row r belongs to row order[start + r] of the targets, or to row r where no order is given.
 */
export function countCorrect(
  decision: Decision,
  scores: ArrayLike<number>,
  rows: number,
  targets: ArrayLike<number>,
  order?: Int32Array,
  start = 0,
): number {
  const width = scores.length / rows;
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    const target = order?.[start + row] ?? row;
    const isRight =
      decision === "highest"
        ? highest(scores, row * width, width) === targets[target]
        : agrees(decision.above, scores, row * width, targets, target * width, width);
    if (isRight) correct++;
  }
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
  start: number,
  targets: ArrayLike<number>,
  targetStart: number,
  width: number,
): boolean {
  for (let i = 0; i < width; i++) {
    if ((scores[start + i] ?? 0) > threshold !== (targets[targetStart + i] ?? 0) > 0.5) return false;
  }
  return true;
}
