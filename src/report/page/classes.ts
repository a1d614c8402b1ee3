import { type Figures } from "../charts/figure.ts";
import { heatMap } from "../charts/heat-map.ts";
import { type Line, linesChart } from "../charts/lines.ts";
import { FAINT, type LineStyle, QUIET, lineStyle } from "../charts/palette.ts";
import type { ClassesRecord, CurveRecord } from "../run/record.ts";
import { counted, figure, percent, printCount, tick } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import { columns, table } from "./table.ts";

const MOST_IN_MAP = 25; // classes whose counts can be read
const MOST_LINES = 5; // curves in colours
const MOST_POINTS = 25; // of a curve in its table
const MOST_CONFUSIONS = 15;

/** Confusion matrix, scores of classes, and the curves. */
export function classesBody(figures: Figures, classes: ClassesRecord): Html {
  return html`<div class="figures">
      ${confusion(figures, classes)}
      <div>${scores(classes)}</div>
    </div>
    <div class="figures">
      ${curves(figures, ROC, classes.roc)}${curves(figures, PRECISION_RECALL, classes.precisionRecall)}${reliability(figures, classes)}
    </div>`;
}

function confusion(figures: Figures, { names, confusion }: ClassesRecord): Part {
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const shares = confusion.map((row, i) => row.map((count) => count / Math.max(1, totals[i] ?? 0)));
  const pairs = confusion
    .flatMap((row, i) => row.map((count, j) => ({ i, j, count })))
    .filter(({ i, j, count }) => i !== j && count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSIONS);
  const name = (i: number): string => names[i] ?? String(i);
  const worst = pairs[0];
  const note = worst
    ? `Most often, ${name(worst.i)} is taken for ${name(worst.j)}: ${counted(worst.count, "time")}, ${percent(shares[worst.i]?.[worst.j] ?? 0)} of its samples.`
    : "No sample is taken for another class.";
  if (names.length > MOST_IN_MAP) {
    const rows = pairs.map(({ i, j, count }) => [name(i), name(j), printCount(count), percent(shares[i]?.[j] ?? 0)]);
    return html`<div>
      <h4>Most frequent confusions</h4>
      <p>${note}</p>
      ${table(columns("true", "predicted", "#samples", "#of the class"), rows)}
    </div>`;
  }
  const side = Math.min(420, 220 + 22 * names.length);
  return figures.figure({
    title: "Confusion matrix",
    note,
    label: `Confusion matrix of ${counted(names.length, "class", "classes")}. ${note}`,
    options: heatMap({ names, counts: confusion, shares, x: "predicted", y: "true" }),
    size: { width: 420, height: side },
    numbers: table(
      [{ head: "true \\ predicted" }, ...names.map((head) => ({ head, numbers: true }))],
      confusion.map((row, i) => [
        name(i),
        ...row.map((count, j) => html`${printCount(count)}<small>${percent(shares[i]?.[j] ?? 0)}</small>`),
      ]),
    ),
  });
}

function scores({ names, scores: each }: ClassesRecord): Html {
  const rows = each.map(({ precision, recall, f1, count }, i) => [
    names[i] ?? i,
    ...[precision, recall, f1].map((share) => bar(share)),
    printCount(count),
  ]);
  return html`<h4>Scores by class</h4>
    ${table(columns("class", "#precision", "#recall", "#F1", "#samples"), rows)}`;
}

/** A share with a bar below it. */
function bar(share: number): Html {
  return html`${percent(share)}<i style="width:${(share * 100).toFixed(1)}%"></i>`;
}

interface Kind {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly area: string;
  readonly note: string;
  /** Where chance is drawn. */
  readonly chance: readonly (readonly [number, number])[];
}

const ROC: Kind = {
  title: "ROC",
  x: "false positive rate",
  y: "true positive rate",
  area: "area under the curve",
  note: "Share of the class that is found, against the share of other samples that are taken for it.",
  chance: [
    [0, 0],
    [1, 1],
  ],
};
const PRECISION_RECALL: Kind = {
  title: "Precision and recall",
  x: "recall",
  y: "precision",
  area: "average precision",
  note: "Share of findings that are right, against the share of the class that is found.",
  chance: [],
};

/** Curves of classes: the lowest in colours, the others faint. */
function curves(figures: Figures, { title, x, y, area, note, chance }: Kind, given: readonly CurveRecord[]): Part {
  if (given.length === 0) return undefined;
  const sorted = given.toSorted((a, b) => a.area - b.area);
  const shown = sorted.slice(0, given.length > MOST_LINES + 1 ? MOST_LINES : given.length);
  const others = sorted.slice(shown.length);
  const line = (curve: CurveRecord, style: LineStyle): Line => ({
    name: curve.name,
    points: pointsOf(curve),
    style: { ...style, symbol: "none" },
  });
  const lines = [
    ...others.map((curve) => line(curve, FAINT)),
    ...(chance.length > 0 ? [{ name: "chance", points: chance, style: QUIET }] : []),
    ...shown.map((curve, i) => line(curve, lineStyle(i))),
  ];
  const key = [
    ...shown.map((curve, i) => ({
      name: `${curve.name} (${curve.area.toFixed(3)})`,
      style: { ...lineStyle(i), symbol: "none" as const },
    })),
    ...(others.length > 0
      ? [{ name: `${others.length} others, above ${(shown.at(-1)?.area ?? 0).toFixed(3)}`, style: FAINT }]
      : []),
    ...(chance.length > 0 ? [{ name: "chance", style: QUIET }] : []),
  ];
  const share = { min: 0, max: 1, interval: 0.25, print: (value: number): string => String(Number(value.toFixed(2))) };
  return figures.figure({
    title,
    note: html`${note} In brackets: ${area}.`,
    label: `${title}: ${area} ${shown.map((curve) => `${curve.name} ${curve.area.toFixed(3)}`).join(", ")}.`,
    options: linesChart(lines, { name: x, ...share }, { name: y, ...share }),
    key,
    numbers: html`${table(
      columns("class", `#${area}`),
      given.map((curve) => [curve.name, curve.area.toFixed(4)]),
    )}${shown.map((curve) => curveTable(curve, x, y))}`,
  });
}

function pointsOf({ x, y }: CurveRecord): (readonly [number, number])[] {
  return x.map((at, i) => [at, y[i] ?? 0]);
}

/** Some points of a curve. */
export function curveTable(curve: CurveRecord, x: string, y: string): Html {
  const every = Math.ceil(curve.x.length / MOST_POINTS);
  const points = pointsOf(curve).filter((_, i) => i % every === 0 || i === curve.x.length - 1);
  return html`<h5>${curve.name}</h5>
    ${table(
      columns(`#${x}`, `#${y}`),
      points.map((point) => point.map((each) => figure(each))),
    )}`;
}

function reliability(figures: Figures, { reliability: { error, bins } }: ClassesRecord): Part {
  const filled = bins.filter(({ count }) => count > 0);
  if (filled.length === 0) return undefined;
  const most = Math.max(...filled.map(({ count }) => count));
  const points = filled.map(({ confidence, accuracy }) => [confidence, accuracy] as const);
  const mean = (of: (bin: (typeof filled)[number]) => number): number =>
    filled.reduce((sum, bin) => sum + of(bin) * bin.count, 0);
  const isBold = mean(({ confidence }) => confidence) > mean(({ accuracy }) => accuracy);
  const share = { min: 0, max: 1, interval: 0.25, print: tick };
  const style = lineStyle(0);
  const note = `Predicted probabilities are off by ${percent(error)} on average; the model is ${isBold ? "more" : "less"} confident than it is right. Large marks: many samples.`;
  return figures.figure({
    title: "Reliability",
    note,
    label: `Reliability diagram. ${note}`,
    options: linesChart(
      [
        {
          name: "ideal",
          points: [
            [0, 0],
            [1, 1],
          ],
          style: QUIET,
        },
        { name: "model", points, style, weights: filled.map(({ count }) => count / most) },
      ],
      { name: "predicted probability", ...share },
      { name: "correct", ...share },
    ),
    key: [
      { name: "model", style },
      { name: "ideal", style: QUIET },
    ],
    numbers: table(
      columns("#confidence", "#correct", "#samples"),
      filled.map(({ confidence, accuracy, count }) => [percent(confidence), percent(accuracy), printCount(count)]),
    ),
  });
}
