import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { LossTraits } from "../../nn/index.ts";
import type { Program } from "../../runtime/program.ts";
import type { BatchTensors } from "../step/batch.ts";
import { Losses, type Objective, errorsIn } from "../step/losses.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Score, score } from "./score.ts";

/** Metrics of one of several losses, and its factor in their sum. */
interface TermMetrics {
  readonly weight: number;
  readonly metrics: RunningMetrics;
}

/** Of one loss; shared: epochs of one small step would spend much of their time on maps. */
const NO_TERMS: ReadonlyMap<string, TermMetrics> = new Map();

/** Loss and accuracy over batches. */
export class RunningMetrics {
  /** Metrics of each of several losses by name; the loss of this object is then what penalties add to their sum. */
  #terms = NO_TERMS;
  #loss = 0;
  #lossWeight = 0;
  #correctWeight = 0;
  #countedWeight = 0;
  #classifies = true;
  #samples = 0;

  /** Adds a batch. @param isSum whether the loss is a sum over samples, not their mean */
  add(loss: number, batch: Score, isSum: boolean): void {
    // The mean of a batch of weight 0 is NaN: the batch adds nothing.
    if (isSum || batch.lossWeight > 0) this.#loss += isSum ? loss : loss * batch.lossWeight;
    this.#lossWeight += isSum ? batch.sampleWeight : batch.lossWeight;
    this.#samples += batch.samples;
    this.#countedWeight += batch.countedWeight;
    this.#correctWeight += batch.correctWeight ?? 0;
    this.#classifies &&= batch.correctWeight !== undefined;
  }

  /**
   * Adds the last run of `program`, whose loss was `value`.
   * @param samples samples of the run; with `order` the samples from which row r of the run is row order[start + r]
   */
  addRun(
    program: Program,
    objective: Objective,
    value: number,
    batch: BatchTensors,
    order?: Int32Array,
    start?: number,
  ): void {
    if (!(objective instanceof Losses)) {
      const { traits } = objective;
      this.add(value, scoreOf(program, traits, 0, batch, order, start), traits.reduction === "sum");
      return;
    }
    let sum = 0;
    errorsIn(program, objective).forEach((error, i) => {
      const term = objective.terms[i];
      const own = program.read(error)[0] ?? NaN;
      if (!term) return;
      const { traits } = term.loss;
      this.#term(term.name, term.weight).add(
        own,
        scoreOf(program, traits, i, batch, order, start),
        traits.reduction === "sum",
      );
      // Rounded as in the program, so that without penalties no rest is left.
      sum = Math.fround(sum + Math.fround(own * Math.fround(term.weight)));
    });
    const rest = Number.isFinite(sum) ? value - sum : 0;
    this.add(rest, scoreOf(program, {}, 0, batch, order, start), false);
  }

  #term(name: string, weight: number): RunningMetrics {
    const known = this.#terms.get(name)?.metrics;
    if (known) return known;
    const metrics = new RunningMetrics();
    this.#terms = new Map([...this.#terms, [name, { weight, metrics }]]);
    return metrics;
  }

  stateDict(): StateRecord {
    return {
      loss: this.#loss,
      lossWeight: this.#lossWeight,
      correctWeight: this.#correctWeight,
      countedWeight: this.#countedWeight,
      classifies: this.#classifies,
      samples: this.#samples,
      ...(this.#terms.size > 0 && { losses: this.#termStates() }),
    };
  }

  #termStates(): StateRecord {
    return Object.fromEntries(
      [...this.#terms].map(([name, { weight, metrics }]) => [name, { weight, metrics: metrics.stateDict() }]),
    );
  }

  /** Metrics of a state, with problems for the reader. */
  static from(reader: StateReader, value: unknown): RunningMetrics {
    const state = reader.record("", value) ?? {};
    const metrics = RunningMetrics.#ofOne(reader, state);
    if (state["losses"] === undefined) return metrics;
    const terms = new Map<string, TermMetrics>();
    for (const [name, each] of Object.entries(reader.record("losses", state["losses"]) ?? {})) {
      const inner = reader.at(`losses.${name}`);
      const term = inner.record("", each) ?? {};
      const own = inner.record("metrics", term["metrics"]) ?? {};
      terms.set(name, {
        weight: inner.number("weight", term["weight"]) ?? NaN,
        metrics: RunningMetrics.#ofOne(inner.at("metrics"), own),
      });
    }
    metrics.#terms = terms;
    return metrics;
  }

  static #ofOne(reader: StateReader, state: Readonly<Record<string, unknown>>): RunningMetrics {
    const number = (name: string): number => reader.metric(name, state[name]) ?? NaN;
    const metrics = new RunningMetrics();
    metrics.#loss = number("loss");
    metrics.#lossWeight = number("lossWeight");
    metrics.#correctWeight = number("correctWeight");
    metrics.#countedWeight = number("countedWeight");
    metrics.#classifies = state["classifies"] === true;
    metrics.#samples = reader.whole("samples", state["samples"]) ?? 0;
    return metrics;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Whether the loss so far is finite; batches of weight 0 do not count. */
  get isFinite(): boolean {
    return Number.isFinite(this.#loss) && [...this.#terms.values()].every(({ metrics }) => metrics.isFinite);
  }

  /** Means over all samples so far. */
  result(): Evaluation {
    const loss = this.#loss / this.#lossWeight;
    if (this.#terms.size > 0) return this.#resultOfTerms(loss);
    const accuracy = this.#classifies ? this.#correctWeight / this.#countedWeight : undefined;
    return { loss, accuracy, metrics: undefined, uncertainty: undefined };
  }

  #resultOfTerms(penalty: number): Evaluation {
    const results = [...this.#terms].map(([name, { metrics }]) => [name, metrics.result()] as const);
    const accuracies = results.flatMap(([name, { accuracy }]) =>
      accuracy === undefined ? [] : [[name, accuracy] as const],
    );
    return {
      loss: results.reduce((sum, [name, { loss }]) => sum + (this.#terms.get(name)?.weight ?? NaN) * loss, penalty),
      accuracy: accuracies.length === 1 ? accuracies[0]?.[1] : undefined,
      losses: Object.fromEntries(results.map(([name, { loss }]) => [name, loss])),
      accuracies: Object.fromEntries(accuracies),
      metrics: undefined,
      uncertainty: undefined,
    };
  }
}

/** Weights and right decisions in a run of `program`, by the prediction and the target of its loss at `index`. */
function scoreOf(
  program: Program,
  traits: LossTraits,
  index: number,
  { tensors, inputs, isWeighted }: BatchTensors,
  order: Int32Array | undefined,
  start: number | undefined,
): Score {
  const prediction = program.outputs[1 + index];
  return score(traits, {
    scores: prediction && traits.decision ? program.read(prediction) : [],
    rows: program.inputs[0]?.shape[0] ?? 1,
    targets: tensors[inputs + index]?.data ?? [],
    weights: isWeighted ? tensors.at(-1)?.data : undefined,
    order,
    start,
  });
}
