import { type Figures } from "../charts/figure.ts";
import { lineStyle } from "../charts/palette.ts";
import { scatterChart } from "../charts/scatter.ts";
import type { ValuesRecord } from "../run/record.ts";
import { counted, figure } from "./format.ts";
import { type Html, html } from "./html.ts";
import { columns, facts, table } from "./table.ts";

const MOST_ROWS = 50;

/** Errors of a model that predicts numbers, and its predictions against the true values. */
export function valuesBody(figures: Figures, values: ValuesRecord): Html {
  const { perPoint, targets, predictions, meanAbsoluteError, rootMeanSquaredError, r2 } = values;
  const points = targets.map((target, i) => [target, predictions[i] ?? 0] as const);
  const kind = perPoint > 1 ? "point" : "sample";
  const shown = counted(points.length, kind);
  const means = perPoint > 1 ? ` Each is the mean of ${perPoint} samples with like true values, or a few more.` : "";
  const every = Math.ceil(points.length / MOST_ROWS);
  const rows = points
    .filter((_, i) => i % every === 0)
    .map(([target, prediction]) => [target, prediction, prediction - target].map((each) => figure(each)));
  const chart =
    points.length > 0 &&
    figures.figure({
      title: "Predicted against true values",
      note: `${shown}.${means} On the dashed line, predictions are exact.`,
      label: `Predicted against true values, ${shown}; R² is ${figure(r2)}.`,
      options: scatterChart(points, { name: "true value" }, { name: "predicted" }),
      size: { width: 420, height: 360 },
      numbers: table(columns("#true", "#predicted", "#error"), rows),
      key: [{ name: kind, style: { ...lineStyle(0), dash: [0, 28] } }],
    });
  const errors = facts([
    ["Mean absolute error", figure(meanAbsoluteError)],
    ["Root mean squared error", figure(rootMeanSquaredError)],
    ["R²", figure(r2)],
  ]);
  return html`<div class="figures">
    ${chart}
    <div>
      <h4>Errors</h4>
      ${errors}
    </div>
  </div>`;
}
