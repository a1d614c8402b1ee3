import { power } from "../base/power.ts";
import { NonFiniteError, requirePositive, requireWhole, shown } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { inOrder } from "../base/numbers.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { type AnyDataset, gather, requireSamples } from "../data/dataset.ts";
import { nonFiniteSample } from "../data/non-finite.ts";
import type { Optimizer } from "../optim/index.ts";
import { nextStream, permutation } from "../runtime/random.ts";
import { nextTurn } from "../runtime/turn.ts";
import { Trainer } from "../train/trainer.ts";
import { noiseOf } from "./diagnose/curve.ts";
import { preserved, setMode } from "./preserved.ts";
import { rateChart } from "./rate-chart.ts";

const TURN = 50; // ms between turns of the event loop

/** Multiple of the first losses at which a test ends, as in fastai. */
const EXPLODED = 4;

/** How far the suggested rate stays below that of the lowest loss, as in fastai. */
const MARGIN = 10;

/** The least fall of the loss that a rate is suggested for, as a share of the first losses. */
const LEAST_FALL = 0.02;

/** Standard errors of the first losses, by their noise, that the fall must exceed: the lowest of many levels is low by chance. */
const LEAST_Z = 5;

export interface RateRangeOptions {
  /** The lowest learning rate. Default: 1e-7. */
  readonly from?: number;
  /** The highest learning rate, above `from`. Default: 10. */
  readonly to?: number;
  /** Count of steps, at least 20. Default: 100. */
  readonly steps?: number;
  /** Samples per step, at least 1; a smaller data set is one batch. Default: 32. */
  readonly batchSize?: number;
}

const DEFAULTS = { from: 1e-7, to: 10, steps: 100, batchSize: 32 } as const satisfies Defaults<RateRangeOptions>;

/** Losses of training steps at rising learning rates. */
export class RateRange {
  /** @internal */
  constructor(
    /** The learning rate of each step; equal factors from step to step. */
    readonly rates: Float64Array,
    /** The loss of each step, before its update. The test ends early when they are 4 times the first ones, or not finite. */
    readonly losses: Float64Array,
    /**
     * The rate at which the loss falls most steeply, or a tenth of that of the lowest loss if that is less; undefined if the
     * loss falls by less than 2 % or 5 standard errors of the first losses.
     */
    readonly suggestion: number | undefined,
    /** The lowest rate above `suggestion` at which the loss is higher than at the start; undefined if there is none. */
    readonly limit: number | undefined,
  ) {}

  /** `rate range: loss 1.1, a rate of 0.031 is suggested, from 2.5 on the loss is above its start` */
  toString(): string {
    const [first = NaN] = this.losses;
    const suggested =
      this.suggestion === undefined ? "falls at no rate" : `a rate of ${this.suggestion.toPrecision(2)} is suggested`;
    const rises = this.limit === undefined ? "" : `, from ${this.limit.toPrecision(2)} on the loss is above its start`;
    return `rate range: loss ${first.toPrecision(3)}${this.suggestion === undefined ? " " : ", "}${suggested}${rises}`;
  }

  /** The text that `console.log` prints: that of `toString`, and the losses over the rates as a chart of 60 columns. */
  [INSPECT](): string {
    const text = String(this).replace(", from", ",\n  from");
    return [text, ...rateChart(this.rates, this.losses, this.suggestion)].join("\n");
  }
}

/**
 * A learning-rate range test: training steps from the current weights while the rate rises by equal factors. All is put back
 * to the bit afterwards: weights, buffers, optimizer, rates, generators, modes and the global seed. Parameter groups keep the
 * ratios of their rates. Do not use the trainer before the promise is fulfilled.
 *
 * The suggestion is the rate at the steepest fall of the loss over the logarithm of the rate, by a line through the losses of
 * about a tenth of the steps, but at most a tenth of the rate at which the loss is lowest.
 *
 * Source: Smith 2015, https://arxiv.org/abs/1506.01186, section 3.3; of the bound, Howard and Gugger 2020,
 * https://doi.org/10.3390/info11020108
 *
 * The promise is rejected with a TypeError when the trainer is none or an option is unknown, with a RangeError when an option
 * is out of range or the data set is empty, with a NonFiniteError when NaN or infinite numbers of the data set make a loss so, or
 * with the error of a step.
 */
export async function rateRange(
  trainer: Trainer,
  dataset: AnyDataset,
  options: RateRangeOptions = {},
): Promise<RateRange> {
  requireTrainer("rateRange", trainer);
  const { from, to, steps, batchSize } = withDefaults("rateRange", options, DEFAULTS);
  requirePositive("rateRange", "from", from);
  requirePositive("rateRange", "to", to);
  if (from >= to) throw new RangeError(`rateRange: from must be below to; got ${from} and ${to}`);
  requireWhole("rateRange", "steps", steps, 20, 1e6);
  requireWhole("rateRange", "batchSize", batchSize, 1);
  const samples = requireSamples("rateRange", dataset);
  const rates = Float64Array.from({ length: steps }, (_, i) => from * power(to / from, i / (steps - 1)));
  const losses = await preserved(trainer, () => lossesAt(trainer, samples, rates, batchSize));
  return new RateRange(rates.slice(0, losses.length), losses, ...suggested(rates, losses));
}

/** @throws TypeError when it is no trainer */
export function requireTrainer(where: string, trainer: unknown): void {
  if (trainer instanceof Trainer) return;
  throw new TypeError(`${where}: the trainer must be a Trainer; got ${shown(trainer)}`);
}

/** Batches of a data set in random order without end; a function of the stream. */
export function* endlessBatches(
  dataset: AnyDataset,
  batchSize: number,
  stream = nextStream(),
): Generator<AnyDataset, never> {
  const size = Math.min(batchSize, dataset.length);
  for (let pass = 0; ; pass++) {
    const order = permutation(dataset.length, stream, pass);
    for (let start = 0; start + size <= order.length; start += size)
      yield gather(dataset, order.subarray(start, start + size));
  }
}

/** Takes a step on a batch. */
export function stepOn(trainer: Trainer, { x, y, weights }: AnyDataset): number {
  return trainer.step(x, y, weights && { weights });
}

/** Sets the rate of the first group that has parameters; the others keep their ratios to it. */
export function setRate(optimizer: Optimizer, rate: number): void {
  const groups = optimizer.filledGroups;
  const reference = groups[0]?.lr ?? 0;
  for (const group of groups) group.lr = reference === 0 ? rate : (group.lr / reference) * rate;
}

/** The rate of the first group that has parameters. */
export function rateOf(optimizer: Optimizer): number {
  return optimizer.filledGroups[0]?.lr ?? optimizer.lr;
}

async function lossesAt(
  trainer: Trainer,
  dataset: AnyDataset,
  rates: Float64Array,
  batchSize: number,
): Promise<Float64Array> {
  const batches = endlessBatches(dataset, batchSize);
  const losses: number[] = [];
  const width = windowOf(rates.length);
  let turn = performance.now();
  for (const rate of rates) {
    setMode(trainer, true);
    setRate(trainer.options.optimizer, rate);
    const batch = batches.next();
    const loss = stepOn(trainer, batch.value);
    if (!Number.isFinite(loss)) {
      requireFinite(dataset, batch.value, loss);
      break;
    }
    losses.push(loss);
    const isLong = losses.length >= 2 * width;
    if (isLong && mean(losses.slice(-3)) > EXPLODED * mean(losses.slice(0, width))) break;
    if (performance.now() - turn < TURN) continue;
    await nextTurn();
    turn = performance.now();
  }
  return Float64Array.from(losses);
}

/** @throws NonFiniteError when the samples of a batch, and not the rate, made its loss NaN or infinite */
function requireFinite(dataset: AnyDataset, batch: AnyDataset, loss: number): void {
  if (nonFiniteSample(batch) === undefined) return;
  throw new NonFiniteError(`rateRange: the loss must be finite; got ${loss}: ${nonFiniteSample(dataset)}`);
}

/** Steps of the line whose slope is that at its middle: a tenth, an odd number of at least 5. */
function windowOf(steps: number): number {
  return Math.max(5, 2 * Math.floor(steps / 20) + 1);
}

/** The rate of the steepest fall, and the rate from which the loss is above its start. */
function suggested(rates: Float64Array, losses: Float64Array): [number | undefined, number | undefined] {
  const width = windowOf(rates.length);
  const half = (width - 1) / 2;
  if (losses.length < 2 * width) return [undefined, undefined];
  const middles = inOrder(losses.length - width + 1);
  const levels = Array.from(middles, (start) => mean(losses.subarray(start, start + width)));
  const [start = NaN] = levels;
  const lowest = levels.indexOf(Math.min(...levels));
  const fall = start - (levels[lowest] ?? NaN);
  const noise = noiseOf([...losses.subarray(0, 2 * width)]) / Math.sqrt(width);
  if (!(fall >= LEAST_FALL * Math.abs(start) && fall > LEAST_Z * noise)) return [undefined, undefined];
  let [steepest, slope] = [0, 0];
  for (let i = 0; i <= lowest; i++) {
    const own = slopeOf(losses.subarray(i, i + width));
    if (own < slope) [steepest, slope] = [i, own];
  }
  const above = levels.findIndex((level, i) => i > lowest && level > start);
  const suggestion = Math.min(rates[steepest + half] ?? NaN, (rates[lowest + half] ?? NaN) / MARGIN);
  return [suggestion, above < 0 ? undefined : rates[above + half]];
}

/** The slope of the line of least squares, per step. */
function slopeOf(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let [product, square] = [0, 0];
  values.forEach((value, i) => {
    product += (i - middle) * value;
    square += (i - middle) * (i - middle);
  });
  return product / square;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, each) => sum + each, 0) / values.length;
}
