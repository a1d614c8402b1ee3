import type { Decision, Loss, LossTraits } from "../../nn/index.ts";
import type { Program } from "../../runtime/program.ts";
import type { Evaluation } from "./evaluation.ts";

/** What is said of the predictions for some samples. */
interface Score {
  readonly samples: number;
  /** The samples' own weights together; their number where they have none. */
  readonly mass: number;
  /** How much the samples count in the mean of the loss. */
  readonly weight: number;
  /** Those that count at all and those that are decided right, by their own weights; undefined for losses that do not classify. */
  readonly counted: number;
  readonly correct: number | undefined;
}

/** Losses and right decisions, added up over batches. */
export class RunningMetrics {
  #loss = 0;
  #weight = 0;
  #correct = 0;
  #counted = 0;
  #decides = true;
  #samples = 0;

  /** @param sums whether the loss is a sum over the samples rather than their mean */
  add(loss: number, score: Score, sums: boolean): void {
    // A batch that counts for nothing has no mean; it leaves the others' alone.
    if (sums || score.weight > 0) this.#loss += sums ? loss : loss * score.weight;
    this.#weight += sums ? score.mass : score.weight;
    this.#samples += score.samples;
    this.#counted += score.counted;
    this.#correct += score.correct ?? 0;
    this.#decides &&= score.correct !== undefined;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Whether the loss of a batch that counts was NaN or infinite. */
  get isSpoilt(): boolean {
    return !Number.isFinite(this.#loss);
  }

  /** Means over all samples so far. */
  result(): Evaluation {
    return {
      loss: this.#loss / this.#weight,
      accuracy: this.#decides ? this.#correct / this.#counted : undefined,
    };
  }
}

/**
 * The loss that the last run of a program gave: its first output.
 * @throws RangeError when it is NaN for predictions, the second output, that the loss does not take
 */
export function lossOf(program: Program, loss: Loss): number {
  const { 0: error, 1: prediction } = program.outputs;
  const value = (error && program.read(error)[0]) ?? NaN;
  if (Number.isNaN(value) && prediction) loss.checkPredictions(program.read(prediction));
  return value;
}

/** What is recordRun: row r of scores belongs to row order[start + r] of targets and weights, or to row r without an order. */
interface Scored {
  readonly scores: ArrayLike<number>;
  readonly rows: number;
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number> | undefined;
  readonly order: Int32Array | undefined;
  readonly start: number | undefined;
}

/** Judges rows of scores; one with several numbers is right when all of them are. */
export function score({ decision, weigh }: LossTraits, recordRun: Scored): Score {
  const { scores, rows, targets, weights, order, start = 0 } = recordRun;
  if (!decision && !weights) return { samples: rows, mass: rows, weight: rows, counted: rows, correct: undefined };
  const width = scores.length / rows;
  let [mass, weight, counted, correct] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const target = order?.[start + row] ?? row;
    const sample = weights ? (weights[target] ?? NaN) : 1;
    const own = weigh ? sample * weigh(targets[target] ?? NaN) : sample;
    mass += sample;
    weight += own;
    if (own === 0) continue;
    counted += sample;
    if (decision && isRight(decision, scores, row * width, targets, target, width)) correct += sample;
  }
  return { samples: rows, mass, weight, counted, correct: decision ? correct : undefined };
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
