import { type Figures } from "../charts/figure.ts";
import { linesChart } from "../charts/lines.ts";
import { lineStyle } from "../charts/palette.ts";
import type { CertaintyRecord } from "../run/record.ts";
import { curveTable } from "./classes.ts";
import { figure, percent, tick } from "./format.ts";
import { type Html, html } from "./html.ts";
import { columns, table } from "./table.ts";

/** What predictions with random masks say about the model's certainty. */
export function certaintyBody(
  figures: Figures,
  { predictions, by, curve, errorDetection, referred }: CertaintyRecord,
): Html {
  const classifies = by === "entropy";
  const print = (value: number | null): string => (classifies ? percent(value) : figure(value));
  const risk = classifies ? "wrong decisions" : "mean absolute error";
  const all = curve.y.at(-1) ?? null;
  const half = curve.y[curve.x.findIndex((share) => share >= 0.5)] ?? null;
  const note = `Of all samples: ${print(all)}. Of the most certain half: ${print(half)}.`;
  const style = { ...lineStyle(0), symbol: "none" as const };
  const chart = figures.figure({
    title: classifies ? "Wrong decisions among the most certain samples" : "Error among the most certain samples",
    note,
    label: `Risk and coverage. ${note}`,
    options: linesChart(
      [{ name: risk, points: curve.x.map((x, i) => [x, curve.y[i] ?? null]), style }],
      { name: "share of samples, the most certain first", min: 0, max: 1, interval: 0.25, print: tick },
      { name: risk, min: 0, ...(curve.y.every((each) => each === 0) && { max: 1 }), print: classifies ? tick : figure },
    ),
    numbers: curveTable(curve, "share of samples", risk),
  });
  const rows = referred.map(({ share, kept, caught }) => [percent(share, 0), print(kept), percent(caught)]);
  const heads = columns(
    "#handed over",
    classifies ? "#accuracy on the others" : "#error on the others",
    classifies ? "#wrong decisions handed over" : "#share of errors handed over",
  );
  const detection =
    errorDetection !== null &&
    html` As a detector of wrong decisions, it has an area under the ROC curve of ${errorDetection.toFixed(3)} (0.5 by
    chance, 1 at best).`;
  const measure = classifies ? "entropy of the mean probabilities" : "standard deviation of the predictions";
  return html`<p>
      ${predictions} predictions of each sample with random dropout masks; uncertainty is the ${measure}.${detection}
    </p>
    <div class="figures">
      ${chart}
      <div>
        <h4>If a person decides the least certain samples</h4>
        ${table(heads, rows)}
      </div>
    </div>`;
}
