import type { Decision, Loss } from "../nn/index.ts";
import type { Program } from "../runtime/program.ts";
import type { Evaluation } from "./evaluator.ts";

/** What is said of the predictions for some samples. */
interface Verdict {
  readonly samples: number;
  /** How much the samples count in the mean of the loss. */
  readonly weight: number;
  /** Samples that count at all, and how many of them are decided right; undefined for losses that do not classify. */
  readonly counted: number;
  readonly correct: number | undefined;
}

/** Losses and right decisions, added up over batches. */
export class Tally {
  #loss = 0;
  #weight = 0;
  #correct = 0;
  #counted = 0;
  #decides = true;
  #samples = 0;

  /** @param sums whether the loss is a sum over the samples rather than their mean */
  add(loss: number, verdict: Verdict, sums: boolean): void {
    // A batch that counts for nothing has no mean; it leaves the others' alone.
    if (sums || verdict.weight > 0) this.#loss += sums ? loss : loss * verdict.weight;
    this.#weight += sums ? verdict.samples : verdict.weight;
    this.#samples += verdict.samples;
    this.#counted += verdict.counted;
    this.#correct += verdict.correct ?? 0;
    this.#decides &&= verdict.correct !== undefined;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Means over all samples so far. */
  result(): Evaluation {
    return {
      loss: this.#loss / this.#weight,
      accuracy: this.#decides ? this.#correct / this.#counted : undefined,
    };
  }
}

/** The loss that the last run of a program gave: its first output. */
export function lossOf(program: Program): number {
  const [loss] = program.outputs;
  return (loss && program.read(loss)[0]) ?? NaN;
}

/**
 * Judges rows of scores; one with several numbers is right when all of them are.
 * Row r belongs to row order[start + r] of the targets, or to row r where no order is given.
 */
export function judge(
  { traits: { decision, weigh } }: Loss,
  scores: ArrayLike<number>,
  rows: number,
  targets: ArrayLike<number>,
  order?: Int32Array,
  start = 0,
): Verdict {
  if (!decision) return { samples: rows, weight: rows, counted: rows, correct: undefined };
  const width = scores.length / rows;
  let [weight, counted, correct] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const target = order?.[start + row] ?? row;
    const own = weigh ? weigh(targets[target] ?? NaN) : 1;
    weight += own;
    if (own === 0) continue;
    counted++;
    if (isRight(decision, scores, row * width, targets, target, width)) correct++;
  }
  return { samples: rows, weight, counted, correct };
}

function isRight(
  decision: Decision,
  scores: ArrayLike<number>,
  start: number,
  targets: ArrayLike<number>,
  target: number,
  width: number,
): boolean {
  return decision === "highest"
    ? highest(scores, start, width) === targets[target]
    : agrees(decision.above, scores, start, targets, target * width, width);
}

/** The index of the highest score, or -1 where one is NaN. */
function highest(scores: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 0; i < width; i++) {
    const score = scores[start + i] ?? NaN;
    if (Number.isNaN(score)) return -1;
    if (score > (scores[start + best] ?? NaN)) best = i;
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
    const score = scores[start + i] ?? NaN;
    if (Number.isNaN(score) || score > threshold !== (targets[targetStart + i] ?? 0) > 0.5) return false;
  }
  return true;
}
