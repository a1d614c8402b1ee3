import type { EvaluationRecord, RunRecord } from "../run/record.ts";
import { hasValidation, highestAccuracy, lowestLoss } from "./best.ts";
import { counted, duration, figure, percent, printCount } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";

/** What happened, in sentences and in a few large numbers. */
export function summary(run: RunRecord): Html {
  const sentences = [trained(run), ...run.evaluations.flatMap((each) => evaluated(each, run)), ...findings(run)];
  return html`<p class="lead">${sentences.join(" ")}</p>
    <ul class="tiles">
      ${tiles(run).map(tile)}
    </ul>`;
}

interface Tile {
  readonly value: string;
  readonly name: string;
  readonly note?: string;
}

function tile({ value, name, note }: Tile): Part {
  return html`<li><b>${value}</b><span>${name}</span>${note !== undefined && html`<small>${note}</small>`}</li>`;
}

function tiles(run: RunRecord): readonly Tile[] {
  const where = hasValidation(run) ? "validation" : "training";
  const [loss, accuracy] = [lowestLoss(run), highestAccuracy(run)];
  const samples = samplesOf(run, "training");
  return [
    ...(accuracy
      ? [{ value: percent(accuracy.value), name: `best ${where} accuracy`, note: `epoch ${accuracy.epoch}` }]
      : []),
    ...(loss ? [{ value: figure(loss.value), name: `lowest ${where} loss`, note: `epoch ${loss.epoch}` }] : []),
    ...run.evaluations.map(evaluationTile),
    ...(samples === null ? [] : [{ value: printCount(samples), name: "training samples" }]),
    { value: printCount(run.model.parameters), name: "parameters" },
    { value: duration(run.seconds), name: "training time", note: counted(run.epochs.length, "epoch") },
    ...(run.seed === null ? [] : [{ value: String(run.seed), name: "seed" }]),
  ];
}

function evaluationTile({ name, scores, values }: EvaluationRecord): Tile {
  if (scores.accuracy !== null) return { value: percent(scores.accuracy), name: `${name} accuracy` };
  if (values && values.r2 !== null) return { value: figure(values.r2), name: `R² on ${name}` };
  return { value: figure(scores.loss), name: `${name} loss` };
}

function samplesOf({ data }: RunRecord, name: string): number | null {
  return data.find((each) => each.name === name)?.samples ?? null;
}

function trained(run: RunRecord): string {
  const samples = samplesOf(run, "training");
  const on = samples === null ? "" : ` on ${counted(samples, "sample")}`;
  const many = counted(run.epochs.length, "epoch");
  const begin = `Trained for ${many}${on} in ${duration(run.seconds)}.`;
  const stop = run.stopped === null ? "" : ` The training ended early: ${run.stopped}.`;
  const best = run.bestEpoch === null ? "" : ` The model has the weights of epoch ${run.bestEpoch}, the best one.`;
  return begin + stop + best;
}

function evaluated({ name, scores, classes, values }: EvaluationRecord, run: RunRecord): readonly string[] {
  const samples = samplesOf(run, name);
  const of = samples === null ? `On ${name}` : `Of ${counted(samples, "sample")} in ${name}`;
  if (classes && scores.accuracy !== null) {
    const weakest = classes.scores.reduce(
      (low, each, i) => (each.recall < (classes.scores[low]?.recall ?? 0) ? i : low),
      0,
    );
    const recall = classes.scores[weakest]?.recall ?? 0;
    const least = recall < 1 ? `; class ${classes.names[weakest]} has the lowest recall, ${percent(recall)}` : "";
    return [`${of}, ${percent(scores.accuracy)} are classified correctly${least}.`];
  }
  if (!values) return [];
  return [
    `On ${name}, predictions are off by ${figure(values.meanAbsoluteError)} on average${values.r2 === null ? "" : ` and explain ${percent(Math.max(0, values.r2))} of the variance`}.`,
  ];
}

/** How many layers have a warning. */
function findings(run: RunRecord): readonly string[] {
  const layers = new Set(
    run.evaluations
      .flatMap((each) => each.layers.filter(({ warnings }) => warnings.length > 0))
      .map(({ path }) => path),
  );
  return layers.size === 0
    ? []
    : [
        `${layers.size === 1 ? "One layer has a warning" : `${layers.size} layers have warnings`}: see the layers below.`,
      ];
}
