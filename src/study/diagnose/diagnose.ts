import { inOrder } from "../../base/numbers.ts";
import { type AnyDataset, gather } from "../../data/dataset.ts";
import { nonFiniteSample } from "../../data/non-finite.ts";
import { kFold } from "../../data/split/k-fold.ts";
import { Loss } from "../../nn/index.ts";
import { manualSeed } from "../../runtime/random.ts";
import type { Objective } from "../../train/step/losses.ts";
import { asObjective } from "../../train/step/objective.ts";
import type { Trainer } from "../../train/trainer.ts";
import { preserved, withRandomState } from "../preserved.ts";
import { rateOf, requireTrainer } from "../rate-range.ts";
import { constantError, constantLoss } from "./baseline.ts";
import { deadUnits } from "./dead-units.ts";
import { Diagnosis, type Unchecked } from "./diagnosis.ts";
import { diverging } from "./diverging.ts";
import type { Finding, LabelNoise } from "./finding.ts";
import { labelNoise } from "./label-noise.ts";
import { leak } from "./leak.ts";
import { neighbourErrors } from "./neighbours.ts";
import { type DiagnoseOptions, type FilledDiagnoseOptions, checkedOptions } from "./options.ts";
import { overfitting } from "./overfitting.ts";
import { type Runs, baseRuns, made, proved } from "./prove.ts";
import { tooHighFromStart, wrongRate } from "./rate.ts";
import { targetLeak } from "./target-leak.ts";
import { type Task, errorsOf, labelOf, probabilitiesOf, sampleOf, taskOf } from "./task.ts";
import { underfitting } from "./underfitting.ts";
import { vanishingGradients } from "./vanishing-gradients.ts";

/** Samples of the data that checks look at, at most. */
const MOST_SAMPLES = 1000;
const FOLDS = 5;
const BATCHES = 4;

/** Findings of models whose probabilities say nothing of labels. */
const HINDERS: ReadonlySet<Finding["kind"]> = new Set(["underfitting", "diverging", "rate too high", "rate too low"]);

/**
 * Looks for faults of a training and its data: overfitting, underfitting, divergence, a wrong learning rate, dead units,
 * vanishing gradients, wrong labels and leaks. Each finding has its evidence in numbers and one suggestion; with `prove`, the
 * suggestion is trained over several seeds beside the present training. Thresholds are such that a healthy training has no
 * finding; docs/diagnosis.md lists them with their sources.
 *
 * The trainer is put back to the bit, and so is the global seed. Do not use the trainer before the promise is fulfilled.
 *
 * The promise is rejected with a TypeError, ShapeError or RangeError when an argument is of a wrong kind or data does not fit
 * the model, or with the error of `factory`.
 */
export async function diagnose(trainer: Trainer, options: DiagnoseOptions): Promise<Diagnosis> {
  requireTrainer("diagnose", trainer);
  const filled = checkedOptions(options);
  return preserved(trainer, async () => {
    const findings: Finding[] = [];
    const unchecked: Unchecked[] = [];
    const subject = subjectOf(trainer, filled);
    findings.push(...dataFindings(subject, unchecked));
    const ofModel = await modelFindings(subject, unchecked);
    findings.push(...curveFindings(subject, ofModel, unchecked), ...ofModel);
    const noise = await noiseFinding(subject, findings, unchecked);
    if (noise) findings.push(noise);
    return new Diagnosis(filled.prove ? await withProofs(findings, filled) : findings, unchecked);
  });
}

/** A trainer and a sample of its training data. */
interface Subject {
  readonly trainer: Trainer;
  readonly loss: Objective;
  readonly options: FilledDiagnoseOptions;
  readonly sample: AnyDataset;
  readonly rows: Int32Array;
  readonly task: Task | undefined;
  /** Loss of the best constant prediction. */
  readonly baseline: number | undefined;
}

function subjectOf(trainer: Trainer, options: FilledDiagnoseOptions): Subject {
  const loss = asObjective("diagnose", trainer.options.loss, trainer.options.lossWeights);
  const { dataset: sample, rows } = sampleOf(options.training, MOST_SAMPLES);
  const one = loss instanceof Loss ? loss : undefined;
  const task = one && taskOf(trainer.model, one, sample);
  return { trainer, loss, options, sample, rows, task, baseline: task && one && constantLoss(task, one) };
}

function dataFindings({ task, options: { training, validation } }: Subject, unchecked: Unchecked[]): Finding[] {
  const found = [validation && leak(training, validation), task && targetLeak(task)];
  if (!validation) unchecked.push({ kind: "leak", why: "there is no validation set" });
  if (!task) unchecked.push({ kind: "target leak", why: "targets are not one class or number for each output" });
  return found.filter((each) => each !== undefined);
}

/** @param causes findings that explain underfitting, the most likely one first */
function curveFindings(subject: Subject, causes: readonly Finding[], unchecked: Unchecked[]): Finding[] {
  const { trainer, options, task, baseline } = subject;
  const { history, epochs } = options;
  if (!history || history.epochs.length === 0) {
    for (const kind of ["overfitting", "diverging", "underfitting"] as const)
      unchecked.push({ kind, why: "there is no history" });
    return [];
  }
  const training = history.epochs.map(({ loss }) => loss);
  const evaluated = history.epochs.flatMap(({ validation }) => (validation ? [validation.loss] : []));
  const validation = evaluated.length === training.length ? evaluated : [];
  if (validation.length === 0) unchecked.push({ kind: "overfitting", why: "the history has no validation losses" });
  const over = overfitting(training, validation);
  const diverged = diverging(training, rateOf(trainer.options.optimizer));
  if (over || diverged) return [over, diverged].filter((each) => each !== undefined);
  const under = underfitting(training, validation, { baseline, ...reachable(task), epochs });
  const [cause] = causes;
  if (!under || !cause) return under ? [under] : [];
  return [{ ...under, suggestion: `See ${cause.kind}: ${cause.suggestion}`, change: cause.change }];
}

/** Errors of the model and of predictions from neighbours; none if these cannot be computed. */
function reachable(task: Task | undefined): Partial<Parameters<typeof underfitting>[2]> {
  const neighbours = task && neighbourErrors(task);
  return neighbours ? { errors: { own: errorsOf(task), neighbours }, constantError: constantError(task) } : {};
}

async function modelFindings(subject: Subject, unchecked: Unchecked[]): Promise<Finding[]> {
  const { trainer, loss, options, sample, baseline } = subject;
  const { model } = trainer;
  const { optimizer } = trainer.options;
  const { training, batchSize, factory } = options;
  const rateSubject = { trainer, training, sample, batchSize, baseline };
  const fresh =
    factory && (await withRandomState(async () => tooHighFromStart({ ...rateSubject, trainer: made(factory, {}) })));
  if (!Number.isFinite(trainer.evaluate(sample).loss)) {
    const found = nonFiniteSample(training);
    for (const kind of ["rate too low", "dead units", "vanishing gradients"] as const)
      unchecked.push({ kind, why: `the loss of the model is not finite${found ? `: ${found}` : ""}` });
    return fresh ? [fresh] : [];
  }
  const rate = fresh ?? (await wrongRate(rateSubject));
  const dead = deadUnits(model, sample, rateOf(optimizer));
  const size = Math.min(batchSize, Math.ceil(sample.length / BATCHES));
  const count = Math.min(BATCHES, Math.floor(sample.length / size));
  const batches = Array.from({ length: count }, (_, i) =>
    gather(
      sample,
      inOrder(size).map((row) => i * size + row),
    ),
  );
  const vanishing = vanishingGradients(model, loss, optimizer, batches);
  return [...(rate ? [rate] : []), ...dead, ...(vanishing ? [vanishing] : [])];
}

async function noiseFinding(
  { loss, options, task, rows }: Subject,
  findings: readonly Finding[],
  unchecked: Unchecked[],
): Promise<LabelNoise | undefined> {
  const probabilities = task && probabilitiesOf(task);
  const skip = (why: string): undefined => void unchecked.push({ kind: "label noise", why });
  if (!task || !probabilities || !(loss instanceof Loss))
    return skip("the model does not predict one class for each sample");
  const hinders = findings.find(({ kind }) => HINDERS.has(kind));
  if (hinders) return skip(`predictions are not good enough: ${hinders.kind}`);
  const { factory } = options;
  const labels = Int32Array.from(rows, (_, i) => labelOf(task, i));
  if (!factory) return labelNoise({ probabilities, labels, rows, isOutOfSample: false });
  const best = findings.find((each) => each.kind === "overfitting");
  const epochs = best?.change?.epochs ?? options.epochs;
  const outOfFold = await withRandomState(async () => {
    manualSeed(0);
    const found = probabilities.slice();
    for (const { training, validation, indices } of kFold(task.dataset, FOLDS)) {
      const own = made(factory, {});
      await own.fit(training, { epochs, batchSize: options.batchSize, progress: false, nonFinite: "continue" });
      const part = taskOf(own.model, loss, validation);
      const predicted = part && probabilitiesOf(part);
      predicted?.forEach((each, i) => (found[indices.validation[i] ?? 0] = each));
    }
    return found;
  });
  return labelNoise({ probabilities: outOfFold, labels, rows, isOutOfSample: true });
}

/** Findings whose suggestion is a change, each with its proof. */
async function withProofs(findings: readonly Finding[], options: FilledDiagnoseOptions): Promise<Finding[]> {
  const { factory, training, validation, epochs, batchSize, seeds } = options;
  if (!factory || !validation || !findings.some(({ change }) => change)) return [...findings];
  const runs: Runs = { factory, training, validation, epochs, batchSize, seeds };
  const base = await baseRuns(runs);
  const results: Finding[] = [];
  for (const finding of findings)
    results.push(finding.change ? { ...finding, proof: await proved(runs, finding.change, base) } : finding);
  return results;
}
