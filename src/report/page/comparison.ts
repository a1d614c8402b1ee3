import { type Figures } from "../charts/figure.ts";
import { lineStyle } from "../charts/palette.ts";
import type { RunRecord } from "../run/record.ts";
import { hasValidation, highestAccuracy, lowestLoss } from "./best.ts";
import { counted, duration, figure, percent, plain, printCount } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import { type Measure, epochFigure, hasNumbers, measuresOf, valuesOf } from "./training.ts";

/** Runs side by side: a table, in which rows that differ are marked, and their curves. */
export function comparisonBody(figures: Figures, runs: readonly RunRecord[], ids: readonly string[]): Html {
  const rows = [...resultRows(runs), ...settingRows(runs)];
  const head = runs.map(({ name }, i) => html`<th scope="col" class="n"><a href="#${ids[i]}">${name}</a></th>`);
  const body = rows.map(({ name, values, isSetting }) => {
    const differs = isSetting && new Set(values).size > 1;
    const cells = values.map((value) => html`<td class="n">${value}</td>`);
    return html`<tr${differs && html` class="differs"`}><th scope="row">${name}${differs && html`<span class="unseen">, differs</span>`}</th>${cells}</tr>`;
  });
  const epochs = runs.flatMap((run) => run.epochs);
  const charts = measuresOf(epochs).flatMap((measure) => [
    curves(figures, measure, runs, "validation"),
    curves(figures, measure, runs, "training"),
  ]);
  return html`<div class="scroll" tabindex="0">
      <table class="compare">
        <thead>
          <tr>
            <td></td>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>
    <p class="note">Settings that differ are marked by a bar and bold text.</p>
    <div class="figures">${charts}</div>`;
}

interface Row {
  readonly name: string;
  readonly values: readonly string[];
  readonly isSetting: boolean;
}

function resultRows(runs: readonly RunRecord[]): readonly Row[] {
  const row = (name: string, of: (run: RunRecord) => string): Row => ({ name, values: runs.map(of), isSetting: false });
  const at = (value: string, epoch: number | undefined): string =>
    epoch === undefined ? "–" : `${value} (epoch ${epoch})`;
  const where = runs.every(hasValidation) ? "validation" : "training";
  const evaluations = [...new Set(runs.flatMap((run) => run.evaluations.map(({ name }) => name)))];
  const rows = [
    row(`best ${where} accuracy`, (run) =>
      at(percent(highestAccuracy(run)?.value ?? null, 2), highestAccuracy(run)?.epoch),
    ),
    row(`lowest ${where} loss`, (run) => at(figure(lowestLoss(run)?.value), lowestLoss(run)?.epoch)),
    ...evaluations.flatMap((name) => [
      row(`${name} accuracy`, (run) => percent(evaluationOf(run, name)?.scores.accuracy ?? null, 2)),
      row(`${name} loss`, (run) => figure(evaluationOf(run, name)?.scores.loss)),
      row(`R² on ${name}`, (run) => figure(evaluationOf(run, name)?.values?.r2)),
    ]),
    row("epochs", (run) => printCount(run.epochs.length)),
    row("training time", (run) => duration(run.seconds)),
    row("parameters", (run) => printCount(run.model.parameters)),
  ];
  return rows.filter(({ values }) => values.some((value) => value !== "–"));
}

function evaluationOf({ evaluations }: RunRecord, name: string): RunRecord["evaluations"][number] | undefined {
  return evaluations.findLast((each) => each.name === name);
}

/** Settings, those that differ first. */
function settingRows(runs: readonly RunRecord[]): readonly Row[] {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = names.map((name): Row => ({
    name,
    values: runs.map(({ settings }) => (Object.hasOwn(settings, name) ? plain(settings[name]) : "–")),
    isSetting: true,
  }));
  const seed: Row = {
    name: "seed",
    values: runs.map((run) => (run.seed === null ? "–" : String(run.seed))),
    isSetting: true,
  };
  const differs = ({ values }: Row): number => (new Set(values).size > 1 ? 0 : 1);
  return [...rows, seed].toSorted((a, b) => differs(a) - differs(b));
}

function curves(figures: Figures, measure: Measure, runs: readonly RunRecord[], set: "training" | "validation"): Part {
  const lines = runs
    .map(({ name, epochs }, i) => ({
      name,
      values: valuesOf(epochs, (epoch) => {
        const scores = set === "training" ? epoch : epoch.validation;
        return scores && measure.of(scores);
      }),
      style: lineStyle(i),
    }))
    .filter(hasNumbers);
  return lines.length > 0 && epochFigure(figures, { ...measure, title: `${measure.title}, ${set}` }, lines);
}

/** `2 runs compared: ...` */
export function comparisonLead(runs: readonly RunRecord[]): string {
  const settings = settingRows(runs).filter(({ values }) => new Set(values).size > 1);
  const names = settings.map(({ name }) => name);
  const differ = names.length === 0 ? "No setting differs." : `They differ in ${names.join(", ")}.`;
  const ranked = runs.flatMap((run) => {
    const best = highestAccuracy(run)?.value ?? lowestLoss(run)?.value;
    return best === undefined ? [] : [{ run, best: highestAccuracy(run) ? -best : best }];
  });
  const [first] = ranked.toSorted((a, b) => a.best - b.best);
  if (!first) return `${counted(runs.length, "run")}. ${differ}`;
  const equal = ranked.filter(({ best }) => best === first.best);
  const accuracy = highestAccuracy(first.run);
  const what = accuracy ? `accuracy, ${percent(accuracy.value, 2)}` : `loss, ${figure(lowestLoss(first.run)?.value)}`;
  const where = hasValidation(first.run) ? "validation" : "training";
  return `${counted(runs.length, "run")}. ${differ} The best ${where} ${what}, is that of ${equal.map(({ run }) => run.name).join(" and of ")}.`;
}
