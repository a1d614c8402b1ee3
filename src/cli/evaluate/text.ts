import type { Row } from "lanegrad/data";
import type { CertaintyRecord, ClassesRecord, EvaluationRecord, MistakeRecord, ValuesRecord } from "lanegrad/report";
import { printCount, printCounted, printNumber, printPercent } from "../terminal/numbers.ts";
import { pairs, table, wrapped } from "../terminal/table.ts";
import type { Style } from "../terminal/terminal.ts";
import { intervalOf } from "../interval.ts";
import { baselineOf, meanBaseline } from "./measures.ts";

/** A model that was measured. */
export interface Evaluated {
  readonly model: string;
  readonly data: string;
  readonly target: string;
  readonly rows: number;
  /** Rows that are left out as they have no target. */
  readonly unknown: number;
  /** Rows that are left out as they do not fit. */
  readonly misfits: number;
  readonly record: EvaluationRecord;
  /** Numbers of the target in the units of the table; undefined for classes. */
  readonly targets: Float64Array | undefined;
  readonly cells: (row: number) => Row;
  /** Columns that the model reads. */
  readonly inputs: readonly string[];
}

const MOST_CONFUSIONS = 10;
const MOST_CLASSES = 30; // of a table for people
const SHOWN_CELLS = 3; // of a mistake's row

/** What people read. */
export function evaluatedText(evaluated: Evaluated, { bold }: Style, columns: number): string {
  const { record, data, target, rows, unknown, misfits } = evaluated;
  const { classes, certainty, mistakes, notes } = record;
  const left = [
    ...(unknown > 0 ? [`${printCount(unknown)} without it left out`] : []),
    ...(misfits > 0 ? [`${printCount(misfits)} that do not fit left out`] : []),
  ];
  return [
    `${bold(data)}: ${printCounted(rows, "row")}, ${[`target ${JSON.stringify(target)}`, ...left].join("; ")}`,
    scoresText(evaluated, columns),
    ...(classes ? classesText(classes, columns) : []),
    ...(certainty ? [certaintyText(certainty, columns)] : []),
    ...(mistakes.length > 0
      ? [`The samples with the largest losses (rows from 0):\n${mistakesText(evaluated, mistakes, columns)}`]
      : []),
    ...notes.map((note) => wrapped(note, columns).join("\n")),
  ].join("\n\n");
}

function scoresText({ record, targets, rows }: Evaluated, columns: number): string {
  const { scores, classes, values } = record;
  const loss = ["loss", scores.loss === null ? "not finite" : printNumber(scores.loss)] as const;
  if (values && targets) return valuesText(values, targets, loss[1], columns);
  if (!classes) return pairs([loss], columns);
  const accuracy = scores.accuracy ?? NaN;
  const [low, high] = intervalOf(accuracy, rows);
  const { name, share } = baselineOf(classes);
  return pairs(
    [
      [
        "accuracy",
        `${printPercent(accuracy)}, from ${printPercent(low)} to ${printPercent(high)} with 95 % confidence`,
      ],
      ["baseline", `${printPercent(share)}, if ${JSON.stringify(name)} is always said`],
      loss,
    ],
    columns,
  );
}

function valuesText(values: ValuesRecord, targets: Float64Array, loss: string, columns: number): string {
  const baseline = meanBaseline(targets);
  const rows = [
    ["mean absolute error", printNumber(values.meanAbsoluteError), printNumber(baseline.meanAbsoluteError)],
    [
      "root of the mean squared error",
      printNumber(values.rootMeanSquaredError),
      printNumber(baseline.rootMeanSquaredError),
    ],
    ["R²", values.r2 === null ? "" : values.r2.toFixed(4), "0.0000"],
    ["loss", loss, ""],
  ];
  const note = `The baseline always says the mean of these targets, ${printNumber(baseline.mean)}.`;
  return `${table(["", "model", "baseline"], rows, columns)}\n${note}`;
}

function classesText({ names, scores, confusion }: ClassesRecord, columns: number): readonly string[] {
  const order = names.map((_, i) => i).toSorted((a, b) => (scores[a]?.f1 ?? 0) - (scores[b]?.f1 ?? 0));
  const shown = names.length > MOST_CLASSES ? order.slice(0, MOST_CLASSES) : names.map((_, i) => i);
  const rows = shown.map((i) => {
    const { precision = 0, recall = 0, f1 = 0, count = 0 } = scores[i] ?? {};
    return [names[i] ?? "", precision.toFixed(3), recall.toFixed(3), f1.toFixed(3), printCount(count)];
  });
  const perClass = table(["class", "precision", "recall", "F1", "rows"], rows, columns);
  const title = names.length > MOST_CLASSES ? `The ${MOST_CLASSES} worst of ${names.length} classes:\n` : "";
  return [`${title}${perClass}`, confusionText(names, confusion, columns)];
}

/** The matrix if it fits, else the most frequent confusions. */
function confusionText(names: readonly string[], confusion: readonly (readonly number[])[], columns: number): string {
  const rows = names.map((name, i) => [name, ...(confusion[i] ?? []).map(String)]);
  const head = ["true \\ predicted", ...names];
  const width = head.reduce(
    (sum, name, i) => sum + 2 + Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)),
    -2,
  );
  if (width <= columns) return table(head, rows, columns);
  const pairsOf = confusion.flatMap((row, i) =>
    row.flatMap((count, j) => (i === j || count === 0 ? [] : [{ i, j, count }])),
  );
  if (pairsOf.length === 0) return "No class is taken for another.";
  const worst = pairsOf.toSorted((a, b) => b.count - a.count).slice(0, MOST_CONFUSIONS);
  const total = (i: number): number => (confusion[i] ?? []).reduce((sum, count) => sum + count, 0);
  const lines = worst.map(({ i, j, count }) => [
    names[i] ?? "",
    names[j] ?? "",
    printCount(count),
    printPercent(count / total(i)),
  ]);
  return `The most frequent confusions of ${names.length} classes:\n${table(["true", "predicted", "rows", "of the class"], lines, columns)}`;
}

function certaintyText({ by, predictions, errorDetection, referred }: CertaintyRecord, columns: number): string {
  const what = by === "entropy" ? "entropy of the mean probabilities" : "deviation of the predictions";
  const auc = errorDetection === null ? "" : `; it detects wrong decisions with an AUC of ${errorDetection.toFixed(3)}`;
  const kind = by === "entropy" ? "accuracy of the others" : "mean absolute error of the others";
  const rows = referred.map(({ share, kept, caught }) => [
    printPercent(share),
    by === "entropy" ? printPercent(kept) : printNumber(kept),
    printPercent(caught),
  ]);
  const said = wrapped(`Uncertainty: ${what} over ${predictions} predictions${auc}.`, columns).join("\n");
  return `${said}\n${table(["handed to a person", kind, "mistakes caught"], rows, columns)}`;
}

function mistakesText({ cells, inputs }: Evaluated, mistakes: readonly MistakeRecord[], columns: number): string {
  const isValue = mistakes.every(({ probability }) => probability === null);
  const names = inputs.filter((name) => isShown(cells(mistakes[0]?.row ?? 0)[name])).slice(0, SHOWN_CELLS);
  const head = ["row", "true", "predicted", ...(isValue ? [] : ["probability"]), "loss", ...names];
  const rows = mistakes.map(({ row, target, prediction, probability, loss }) => [
    String(row),
    target,
    prediction,
    ...(isValue ? [] : [(probability ?? NaN).toFixed(3)]),
    loss === null ? "not finite" : printNumber(loss),
    ...names.map((name) => String(cells(row)[name] ?? "")),
  ]);
  return table(head, rows, columns);
}

/** Whether a cell is text for people: images are not. */
function isShown(cell: unknown): boolean {
  return typeof cell !== "object" || cell === null;
}
