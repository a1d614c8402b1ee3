import { ShapeError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Samples } from "../../data/dataset.ts";
import { checkedSamples, isStreamed } from "../../data/samples.ts";
import { Loss } from "../../nn/index.ts";
import type { InputKind } from "../../nn/module/input-kinds.ts";
import { drawsAtRandom } from "../../nn/module/random-state.ts";
import { withRandomState } from "../../study/preserved.ts";
import { batchTensors } from "../../train/step/batch.ts";
import type { Objective } from "../../train/step/losses.ts";
import { asObjective } from "../../train/step/objective.ts";
import type { Trainer } from "../../train/trainer.ts";
import { certaintyRecord } from "./certainty.ts";
import { classesRecord } from "./classes.ts";
import { layerStates } from "./layers.ts";
import { hasRowForEach, mistakesOf, rowIndicesOf } from "./mistakes.ts";
import type { FilledEvaluateOptions } from "./evaluate-options.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { probeOf } from "./probe.ts";
import type { EvaluationRecord } from "./record.ts";
import { scoresRecord } from "./scores.ts";
import { valuesRecord } from "./values.ts";

/** The result of an evaluation, and the kinds of inputs that it saw. */
export interface Evaluated {
  readonly record: EvaluationRecord;
  readonly kinds: readonly InputKind[];
}

/** Evaluates the model of a trainer on samples of any kind, and leaves all random numbers as they were. */
export async function evaluated(
  where: string,
  trainer: Trainer,
  given: Samples,
  options: FilledEvaluateOptions,
): Promise<Evaluated> {
  const { model } = trainer;
  const samples = checkedSamples(where, given);
  requireRows(where, options.rows, samples);
  const objective = asObjective(where, trainer.options.loss, trainer.options.lossWeights);
  const random = [model.randomState(), objective.randomState()] as const;
  return withRandomState(async () => {
    try {
      return await evaluation(where, trainer, objective, samples, options);
    } finally {
      model.loadRandomState(random[0]);
      objective.loadRandomState(random[1]);
    }
  });
}

async function evaluation(
  where: string,
  trainer: Trainer,
  objective: Objective,
  samples: Samples,
  options: FilledEvaluateOptions,
): Promise<Evaluated> {
  const { model } = trainer;
  const { name, batchSize, metrics, monteCarlo } = options;
  const probe = await probeOf(where, samples);
  const { tensors, inputs, isWeighted } = batchTensors(where, model, objective, probe);
  const kinds = tensors.slice(0, inputs).map(({ shape, dtype }) => ({ shape, dtype }));
  const notes: string[] = [];
  const one = objective instanceof Loss && tensors.length - inputs - Number(isWeighted) === 1 ? objective : undefined;
  if (!one) notes.push("Only scores and layers are shown: all else is of models with one loss of one target.");
  let taken: Taken | undefined;
  const take = (predictions: Tensor, targets: Tensor, { sampleWeight }: { readonly sampleWeight?: Tensor }): number => {
    taken = { predictions, targets, weights: sampleWeight };
    return 0;
  };
  const taking = nameBeside(Object.keys(metrics));
  const measured = { ...metrics, ...(one && { [taking]: take }) };
  const hasMetrics = Object.keys(measured).length > 0;
  const found = await trainer.evaluateAsync(samples, { batchSize, metrics: hasMetrics ? measured : undefined });
  const { [taking]: _, ...named } = found.metrics ?? {};
  const outcome = one && taken && outcomeOf(where, one, taken, options);
  if (outcome?.note !== undefined) notes.push(outcome.note);
  const canSample = canBeSampled(outcome, trainer, monteCarlo, notes);
  const uncertainty = canSample
    ? (await trainer.evaluateAsync(samples, { batchSize, monteCarlo })).uncertainty
    : undefined;
  const record: EvaluationRecord = {
    name,
    scores: scoresRecord({ ...found, metrics: named }),
    classes: outcome?.kind === "classes" ? classesRecord(outcome, notes) : null,
    values: outcome?.kind === "values" ? valuesRecord(outcome, notes) : null,
    mistakes: one ? await mistakesOf(trainer, samples, outcome, options) : [],
    certainty: uncertainty ? certaintyRecord(uncertainty) : null,
    layers: options.layers ? layerStates(where, trainer, objective, probe, notes) : [],
    notes,
  };
  return { record, kinds };
}

/** Predictions of all samples. */
interface Taken {
  readonly predictions: Tensor;
  readonly targets: Tensor;
  readonly weights: Tensor | undefined;
}

/** Whether predictions with random masks can be made and compared; notes why they cannot. */
function canBeSampled(
  outcome: Outcome | undefined,
  { model }: Trainer,
  monteCarlo: number | undefined,
  notes: string[],
): boolean {
  if (monteCarlo === undefined || outcome === undefined) return false;
  if (outcome.kind === "other") return false;
  if (model.modules().some(drawsAtRandom)) return true;
  notes.push("Certainty is left out: the model has no dropout.");
  return false;
}

/** Requires rows of a table for all samples. */
function requireRows(where: string, rows: readonly unknown[] | undefined, samples: Samples): void {
  if (rows === undefined || isStreamed(samples) || hasRowForEach(rows, samples)) return;
  const needed = rowIndicesOf(samples)?.reduce((most, each) => Math.max(most, each + 1), 0);
  if (needed !== undefined && rows.length >= needed) return;
  throw new ShapeError(`${where}: rows must be one for each of ${samples.length} samples; got ${rows.length}`);
}

/** A name of a metric that is none of `names`. */
function nameBeside(names: readonly string[]): string {
  let name = "predictions";
  while (names.includes(name)) name += "'";
  return name;
}
