import { requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { type AnyDataset, requireSamples } from "../../data/dataset.ts";
import type { History } from "../../train/fit/history.ts";
import type { Trainer } from "../../train/trainer.ts";
import type { Change } from "./finding.ts";

export interface DiagnoseOptions {
  /** The data set that the trainer was trained on. */
  readonly training: AnyDataset;
  /** Samples that were not trained on. Default: none; overfitting and leaks are not looked for. */
  readonly validation?: AnyDataset;
  /** What `fit` gave. Default: none; overfitting, divergence and underfitting are not looked for. */
  readonly history?: Pick<History, "epochs">;
  /** Samples per step of the training. Default: 32. */
  readonly batchSize?: number;
  /**
   * Makes a model with fresh weights and its trainer, with what is in `change` instead of the usual: `p`, `lr` and
   * `weightDecay`. It is for trainings of cross-validation and of `prove`. Default: none; label noise is looked for by the
   * trained model, which has seen the labels.
   */
  readonly factory?: (change: Change) => Trainer;
  /** Epochs of trainings by `factory`. Default: as many as in `history`, without one 20. */
  readonly epochs?: number;
  /** Whether suggestions are trained over several seeds. Needs `factory` and `validation`. Default: false. */
  readonly prove?: boolean;
  /** Seeds of `prove`, at least 2. Default: 5. */
  readonly seeds?: number;
}

/** Options with defaults filled in. */
export interface FilledDiagnoseOptions {
  readonly training: AnyDataset;
  readonly validation: AnyDataset | undefined;
  readonly history: Pick<History, "epochs"> | undefined;
  readonly batchSize: number;
  readonly factory: ((change: Change) => Trainer) | undefined;
  readonly epochs: number;
  readonly prove: boolean;
  readonly seeds: number;
}

/** @throws TypeError, ShapeError or RangeError when an option is unknown, missing or of a wrong kind */
export function checkedOptions(options: DiagnoseOptions): FilledDiagnoseOptions {
  const where = "diagnose";
  const filled = withDefaults(where, options, {
    training: undefined,
    validation: undefined,
    history: undefined,
    batchSize: 32,
    factory: undefined,
    epochs: undefined,
    prove: false,
    seeds: 5,
  });
  const { history, factory, prove, seeds, batchSize } = filled;
  const training = requireSamples(`${where}: training`, filled.training);
  const validation = filled.validation && requireSamples(`${where}: validation`, filled.validation);
  if (history !== undefined && !isHistory(history))
    throw new TypeError(`${where}: history must be what fit gives, with epochs; got ${shown(history)}`);
  if (factory !== undefined && typeof factory !== "function")
    throw new TypeError(`${where}: factory must be a function that makes a trainer; got ${shown(factory)}`);
  const epochs = filled.epochs ?? (history && history.epochs.length > 0 ? history.epochs.length : 20);
  requireWhole(where, "batchSize", batchSize, 1);
  requireWhole(where, "epochs", epochs, 1);
  requireWhole(where, "seeds", seeds, 2, 1000);
  requireSwitch(where, "prove", prove);
  if (prove && (!factory || !validation)) {
    const missing = [...(factory ? [] : ["factory"]), ...(validation ? [] : ["validation"])].join(" and ");
    throw new TypeError(`${where}: prove must have factory and validation; got no ${missing}`);
  }
  return { ...filled, training, validation, epochs };
}

function isHistory(value: unknown): boolean {
  const epochs: unknown = Reflect.get(Object(value), "epochs");
  return Array.isArray(epochs) && epochs.every((each) => typeof Reflect.get(Object(each), "loss") === "number");
}
