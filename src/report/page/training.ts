import { type Figures } from "../charts/figure.ts";
import { type Line, linesChart } from "../charts/lines.ts";
import { type LineStyle, lineStyle } from "../charts/palette.ts";
import type { EpochRecord, RunRecord, ScoresRecord } from "../run/record.ts";
import { hasValidation, lowestLoss, metricNames } from "./best.ts";
import { aligned, counted, figure, percent, tick } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import type { Section } from "./section.ts";
import { table } from "./table.ts";

const MOST_ROWS = 200; // of a table of epochs

/** A line over the epochs. */
export interface EpochLine {
  readonly name: string;
  readonly values: readonly (readonly [epoch: number, value: number | null])[];
  readonly style: LineStyle;
  /** The epoch that is marked. */
  readonly mark?: number | undefined;
}

/** How a number of an epoch is drawn and printed. */
export interface Measure {
  readonly title: string;
  readonly print: (value: number | null) => string;
  readonly of: (scores: ScoresRecord) => number | null;
}

/** Loss, accuracy and the metrics that epochs have. */
export function measuresOf(epochs: readonly EpochRecord[]): readonly Measure[] {
  const all: readonly Measure[] = [
    { title: "Loss", print: figure, of: ({ loss }) => loss },
    { title: "Accuracy", print: (value) => percent(value, 2), of: ({ accuracy }) => accuracy },
    ...metricNames(epochs).map((name) => ({
      title: name,
      print: figure,
      of: ({ metrics }: ScoresRecord) => own(metrics, name),
    })),
  ];
  return all.filter(({ of }) =>
    epochs.some((each) => of(each) !== null || (each.validation && of(each.validation) !== null)),
  );
}

/** Loss and metrics, learning rate and p of dropout over the epochs. */
export function trainingSection(figures: Figures, run: RunRecord, id: string): Section | undefined {
  const { epochs } = run;
  if (epochs.length === 0) return undefined;
  const best = hasValidation(run) ? (run.bestEpoch ?? lowestLoss(run)?.epoch) : undefined;
  const charts = measuresOf(epochs).map((measure) => {
    const lines: EpochLine[] = [{ name: "training", values: valuesOf(epochs, measure.of), style: lineStyle(0) }];
    if (hasValidation(run)) {
      const values = valuesOf(epochs, (epoch) => (epoch.validation ? measure.of(epoch.validation) : null));
      lines.push({ name: "validation", values, style: lineStyle(1), mark: best });
    }
    return epochFigure(figures, measure, lines.filter(hasNumbers));
  });
  const note =
    best === undefined
      ? ""
      : `The large mark is epoch ${best}${run.bestEpoch === null ? ", which has the lowest validation loss" : ", whose weights the model has"}.`;
  const body = html`${note !== "" && html`<p>${note}</p>`}
    <div class="figures">${charts}${rateFigure(figures, epochs)}${dropoutFigure(figures, epochs)}</div>
    ${constants(epochs)}`;
  return { id, title: "Training", body };
}

export function valuesOf(
  epochs: readonly EpochRecord[],
  of: (epoch: EpochRecord) => number | null,
): EpochLine["values"] {
  return epochs.map((epoch) => [epoch.epoch, of(epoch)]);
}

export function hasNumbers({ values }: EpochLine): boolean {
  return values.some(([, value]) => value !== null);
}

/** Lines over the epochs, with their last numbers in the label. */
export function epochFigure(
  figures: Figures,
  { title, print }: Pick<Measure, "title" | "print">,
  lines: readonly EpochLine[],
): Html {
  const drawn = lines.map(({ name, values, style, mark }): Line => {
    const marked = values.findIndex(([epoch]) => epoch === mark);
    return { name, points: values, style, ...(marked >= 0 && { mark: marked }) };
  });
  const last = lines.map(({ name, values }) => `${name} ${print(values.at(-1)?.[1] ?? null)}`).join(", ");
  const epochs = lines[0]?.values.length ?? 0;
  return figures.figure({
    title,
    label: `${title} over ${counted(epochs, "epoch")}; at the end: ${last}.`,
    options: linesChart(
      drawn,
      { name: "epoch", step: 1, min: 1, max: Math.max(2, epochsIn(lines)) },
      { print: print === figure ? figure : tick },
    ),
    key: lines,
    numbers: epochTable(lines, print),
  });
}

function epochsIn(lines: readonly EpochLine[]): number {
  return Math.max(...lines.map(({ values }) => values.at(-1)?.[0] ?? 0));
}

function epochTable(lines: readonly EpochLine[], print: Measure["print"]): Html {
  const epochs = [...new Set(lines.flatMap(({ values }) => values.map(([epoch]) => epoch)))].toSorted((a, b) => a - b);
  const every = Math.ceil(epochs.length / MOST_ROWS);
  const numbers = lines.map(({ values }) => new Map(values));
  const all = lines.flatMap(({ values }) => values.map(([, value]) => value));
  const printed = print === figure ? aligned(all) : print;
  const rows = epochs
    .filter((_, i) => i % every === 0 || i === epochs.length - 1)
    .map((epoch): Part[] => [epoch, ...numbers.map((each) => printed(each.get(epoch) ?? null))]);
  const heads = [{ head: "epoch", numbers: true }, ...lines.map(({ name }) => ({ head: name, numbers: true }))];
  return html`${every > 1 && html`<p>Every ${every}th epoch.</p>`}${table(heads, rows)}`;
}

function rateFigure(figures: Figures, epochs: readonly EpochRecord[]): Part {
  const groups = epochs.reduce((most, { rates }) => Math.max(most, rates.length), 0);
  const lines = Array.from({ length: groups }, (_, group): EpochLine => ({
    name: groups === 1 ? "learning rate" : `group ${group + 1}`,
    values: valuesOf(epochs, ({ rates }) => rates[group] ?? null),
    style: lineStyle(group),
  }));
  return lines.some(changes) && epochFigure(figures, { title: "Learning rate", print: figure }, lines);
}

function dropoutFigure(figures: Figures, epochs: readonly EpochRecord[]): Part {
  const paths = [...new Set(epochs.flatMap(({ dropout }) => Object.keys(dropout)))];
  const lines = paths.map((path, i): EpochLine => ({
    name: `layer ${path}`,
    values: valuesOf(epochs, ({ dropout }) => own(dropout, path)),
    style: lineStyle(i),
  }));
  return lines.some(changes) && epochFigure(figures, { title: "p of dropout", print: figure }, lines);
}

/** What an object has of its own by a name. */
function own(values: Readonly<Record<string, number | null>>, name: string): number | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

function changes({ values }: EpochLine): boolean {
  return values.some(([, value]) => value !== values[0]?.[1]);
}

/** Rates and p that stay the same, in a sentence. */
function constants(epochs: readonly EpochRecord[]): Part {
  const { rates = [], dropout = {} } = epochs[0] ?? {};
  const isSame = (of: (epoch: EpochRecord) => readonly unknown[]): boolean =>
    epochs.every((epoch) => JSON.stringify(of(epoch)) === JSON.stringify(epochs[0] && of(epochs[0])));
  const sentences = [
    ...(rates.length > 0 && isSame((epoch) => epoch.rates)
      ? [`The learning rate is ${rates.map(figure).join(", ")} in all epochs.`]
      : []),
    ...(Object.keys(dropout).length > 0 && isSame((epoch) => Object.entries(epoch.dropout))
      ? [
          `p of dropout in all epochs: ${Object.entries(dropout)
            .map(([path, p]) => `${figure(p)} in layer ${path}`)
            .join(", ")}.`,
        ]
      : []),
  ];
  return sentences.length > 0 && html`<p class="note">${sentences.join(" ")}</p>`;
}
