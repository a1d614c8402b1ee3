import { requireInstance, requireSwitch, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { isPromise } from "../../base/pausable.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { tensorsOf } from "../../base/tensors.ts";
import { type Samples, isIndexed } from "../../data/dataset.ts";
import { isInMemory, isStreamed } from "../../data/samples.ts";
import type { Module } from "../../nn/index.ts";
import { ConcreteDropout } from "../../nn/dropout/concrete-dropout.ts";
import { RandomLayer } from "../../nn/dropout/random-layer.ts";
import type { InputKind } from "../../nn/module/input-kinds.ts";
import { nameIn } from "../../nn/module/summary.ts";
import type { Callback, Trained } from "../../train/fit/callback.ts";
import type { BeginEvent, EndEvent, EpochEvent } from "../../train/fit/event.ts";
import { asObjective } from "../../train/step/objective.ts";
import { Trainer } from "../../train/trainer.ts";
import { epochsOf } from "./epoch-state.ts";
import { evaluated } from "./evaluate.ts";
import { type EvaluateRunOptions, checkedEvaluateOptions } from "./evaluate-options.ts";
import { dataHash, stateHash } from "./hash.ts";
import { jsonOf } from "./json.ts";
import { machineRecord } from "./machine.ts";
import { modelRecord } from "./model-table.ts";
import { type FilledRecordOptions, type RecordRunOptions, checkedRecordOptions } from "./options.ts";
import {
  type DataRecord,
  type EpochRecord,
  type EvaluationRecord,
  type Json,
  type ModelRecord,
  type RunRecord,
  VERSION,
} from "./record.ts";
import { type Rates, epochRecord } from "./scores.ts";
import { withMeans } from "./values.ts";

export interface RecordOptions {
  /** Whether mistakes have their samples: images, texts and rows of the data. Default: false. */
  readonly samples?: boolean;
}

/**
 * Records a training for a report: `const run = recordRun(trainer, { name, seed })`, then
 * `trainer.fit(set, { callbacks: [run] })`. The recording has loss and metrics, learning rates and p of dropout of all epochs, the time and
 * why the training ended, hashes of data and weights, the table of the model, and the machine; `run.evaluate(set)` adds evaluations. It
 * hears of epochs only, so steps take no longer. Data in memory are hashed before the first step, 1 GB in about a second.
 *
 * Its state is part of checkpoints: a resumed training has the epochs before it too. A training that begins anew empties the recording.
 *
 * @throws TypeError or RangeError when trainer is none, or an option is unknown or of a wrong kind
 */
export function recordRun(trainer: Trainer, options: RecordRunOptions = {}): Recording {
  return new Recording(trainer, options);
}

/** A training that is recorded; see `recordRun`. A callback of `fit`. */
export class Recording implements Callback {
  /** The name of its state in checkpoints. */
  readonly name = "recordRun";
  readonly #trainer: Trainer;
  readonly #options: FilledRecordOptions;
  readonly #settings: Readonly<Record<string, Json>>;
  /** Layers with a rate, by path. */
  readonly #random: readonly (readonly [string, { readonly p: number }])[];
  readonly #data = new Map<string, DataRecord>();
  #began = new Date().toISOString();
  /** Milliseconds of performance.now(); undefined while no training runs. */
  #runningSince: number | undefined;
  #seconds = 0;
  #epochs: EpochRecord[] = [];
  #rates: Rates = { rates: [], dropout: {} };
  #stopped: string | null = null;
  #trained: Trained | undefined;
  /** The epoch whose checkpoint is the best. */
  #bestCheckpoint: number | undefined;
  #kinds: readonly InputKind[] | undefined;
  #model: ModelRecord | undefined;
  #weights: string | undefined;
  #evaluations: EvaluationRecord[] = [];

  /** @internal */
  constructor(trainer: Trainer, options: RecordRunOptions) {
    const where = "recordRun";
    requireInstance(where, "the trainer", trainer, Trainer, "a trainer");
    this.#trainer = trainer;
    this.#options = checkedRecordOptions(where, options);
    const { loss, lossWeights, optimizer } = trainer.options;
    this.#settings = {
      loss: asObjective(where, loss, lossWeights).describe(),
      optimizer: String(optimizer),
      ...Object.fromEntries(this.#options.settings),
    };
    this.#random = [...trainer.model.paths()].flatMap(([module, path]) =>
      hasRate(module) ? [[nameIn(path), module] as const] : [],
    );
  }

  /** Begins the recording, or continues it. @throws TypeError when the training is that of another model */
  readonly onBegin = (event: BeginEvent, trained: Trained): Promise<void> | undefined => {
    const { model } = this.#trainer;
    if (trained.model !== model) {
      throw new TypeError(
        `recordRun: the training must be that of its trainer, of ${model.describe()}; got one of ${trained.model.describe()}`,
      );
    }
    const isResumed = event.epoch > 1 || event.step > 0;
    this.#epochs = isResumed ? this.#epochs.filter(({ epoch }) => epoch < event.epoch) : [];
    if (!isResumed) {
      this.#began = new Date().toISOString();
      this.#seconds = 0;
    }
    this.#trained = trained;
    this.#bestCheckpoint = undefined;
    this.#stopped = null;
    this.#evaluations = [];
    this.#weights = undefined;
    this.#model = undefined;
    this.#data.clear();
    const { samples, validation } = trained;
    if (samples) this.#addData("training", samples);
    if (validation) this.#addData("validation", validation);
    this.#runningSince = performance.now();
    return samples && this.#takeKinds(samples, trained.batchSize ?? 1);
  };

  /** Notes the rates with which the last step was made. @internal */
  readonly onLastStep = ({ optimizer }: Trained): void => {
    this.#rates = {
      rates: optimizer.groups.map(({ lr }) => lr),
      dropout: Object.fromEntries(this.#random.map(([name, layer]) => [name, layer.p])),
    };
  };

  /** Records an epoch. */
  readonly onEpoch = (event: EpochEvent): void => {
    this.#epochs.push(epochRecord(event, this.#rates));
  };

  /** Records why the training ended. */
  readonly onEnd = ({ history, error }: EndEvent): void => {
    this.#seconds += (performance.now() - (this.#runningSince ?? performance.now())) / 1000;
    this.#runningSince = undefined;
    this.#stopped =
      error === undefined
        ? (history.stopped ?? null)
        : `an error: ${error instanceof Error ? String(error) : shown(error)}`;
    this.#bestCheckpoint = history.best?.epoch;
    const recorded = new Map(this.#epochs.map((each) => [each.epoch, each]));
    this.#epochs = history.epochs.map(
      (each) => recorded.get(each.epoch) ?? epochRecord(each, { rates: [], dropout: {} }),
    );
  };

  /** The epochs so far, for checkpoints. */
  readonly stateDict = (): StateRecord => ({ began: this.#began, epochs: JSON.stringify(this.#epochs) });

  /** Restores a state. @throws StateDictError when it is not one of a recording; then nothing changes */
  readonly loadStateDict = (state: StateRecord): void => {
    const reader = new StateReader("recordRun: the state must be one of its stateDict");
    const { began: time, epochs: text } = reader.record("", state) ?? {};
    const began = typeof time === "string" ? time : "";
    if (Number.isNaN(Date.parse(began))) reader.wrong("began", "no time");
    const epochs = epochsOf(reader, text);
    reader.finish();
    this.#began = began;
    this.#epochs = [...epochs];
  };

  /**
   * Evaluates the model on a data set, in evaluation mode, and adds the result to the recording: scores; for classes the confusion matrix,
   * ROC and precision-recall curves and reliability, for numbers targets and predictions; the worst mistakes; with options, how far
   * uncertainty tells right from wrong, and what flows through each layer. The trainer stays as it is, to the bit: modes, generators of
   * random numbers, weights.
   *
   * The promise is rejected with a TypeError, ShapeError or RangeError when an option is wrong or samples do not fit.
   */
  async evaluate(samples: Samples, options: EvaluateRunOptions = {}): Promise<EvaluationRecord> {
    const where = "evaluate";
    const filled = checkedEvaluateOptions(where, options, this.#options.schema);
    if (this.#runningSince === undefined) this.#weightsNow();
    const { record, kinds } = await evaluated(where, this.#trainer, samples, filled);
    this.#kinds ??= kinds;
    this.#addData(filled.name, samples);
    this.#evaluations.push(record);
    return record;
  }

  /**
   * The run as plain JSON, at present or after the training. The hash of the weights is that of the first call of this or of `evaluate`
   * after the training.
   * @throws TypeError when an option is unknown or samples is neither true nor false
   */
  record(options: RecordOptions = {}): RunRecord {
    const { samples } = withDefaults("record", options, { samples: false });
    requireSwitch("record", "samples", samples);
    const { name, seed, schema, recipe } = this.#options;
    const { model } = this.#trainer;
    const running = this.#runningSince === undefined ? 0 : (performance.now() - this.#runningSince) / 1000;
    if (this.#model === undefined || this.#model.layers.length === 0) this.#model = modelRecord(model, this.#kinds);
    return {
      version: VERSION,
      name,
      began: this.#began,
      seconds: this.#seconds + running,
      stopped: this.#stopped,
      seed: seed ?? null,
      settings: this.#settings,
      model: this.#model,
      schema: schema ? jsonOf("record", "schema", schema) : null,
      data: [...this.#data.values()],
      machine: machineRecord(),
      epochs: [...this.#epochs],
      bestEpoch: this.#bestEpoch(),
      weights: this.#weightsNow(),
      recipe,
      evaluations: samples ? [...this.#evaluations] : this.#evaluations.map(withoutSamples),
    };
  }

  /** The run as plain JSON, without any sample of the data; see `record`. */
  toJSON(): RunRecord {
    return this.record();
  }

  /** The hash of the weights; once the training has ended, those of the first call. */
  #weightsNow(): string {
    const weights = this.#weights ?? stateHash(this.#trainer.model.stateDict());
    if (this.#runningSince === undefined && this.#epochs.length > 0) this.#weights = weights;
    return weights;
  }

  #bestEpoch(): number | null {
    const best = this.#trained?.restoredEpoch ?? this.#bestCheckpoint;
    return best === undefined || best === this.#epochs.at(-1)?.epoch ? null : best;
  }

  #addData(name: string, samples: Samples): void {
    const { file, sha256 }: { readonly file?: string; readonly sha256?: string } = this.#options.data[name] ?? {};
    const length = isStreamed(samples) ? null : samples.length;
    this.#data.set(name, { name, samples: length, sha256: sha256 ?? dataHash(samples), file: file ?? null });
  }

  /** Notes the shapes of a batch, for the table of the model. */
  #takeKinds(samples: Samples, batchSize: number): Promise<void> | undefined {
    if (isStreamed(samples)) return undefined;
    const rows = Math.min(batchSize, samples.length);
    const take = ({ x }: { readonly x: Parameters<typeof tensorsOf>[2] }): void => {
      const tensors = tensorsOf("recordRun", "inputs", x, this.#trainer.model.inputNames);
      this.#kinds = tensors.map(({ shape, dtype }) => ({ shape: [rows, ...shape.slice(1)], dtype }));
    };
    if (isInMemory(samples)) take(samples);
    if (!isIndexed(samples)) return undefined;
    const first = samples.rows(Int32Array.of(0), 0);
    if (isPromise(first)) return Promise.resolve(first).then(take);
    take(first);
    return undefined;
  }
}

/** Whether a module is a layer with a rate of its own. */
function hasRate(module: Module): module is RandomLayer | ConcreteDropout {
  return module instanceof RandomLayer || module instanceof ConcreteDropout;
}

/** Without the samples of its mistakes, and without values of single samples. */
export function withoutSamples(evaluation: EvaluationRecord): EvaluationRecord {
  return {
    ...evaluation,
    values: evaluation.values && withMeans(evaluation.values),
    mistakes: evaluation.mistakes.map((each) => ({ ...each, sample: null })),
  };
}
