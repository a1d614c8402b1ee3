import type { MistakeRecord, SampleRecord } from "../run/record.ts";
import { aligned, cell, figure, percent, printCount } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import { table } from "./table.ts";

/** The samples with the largest losses, worst first: as they are, or by row number. */
export function mistakesBody(mistakes: readonly MistakeRecord[]): Html {
  const areRight = mistakes.every(
    ({ target, prediction, probability }) => probability !== null && target === prediction,
  );
  const absent = mistakes.every(({ sample }) => sample === null);
  const samples = mistakes.filter(({ sample }) => sample !== null && sample.kind !== "row");
  const rows = mistakes.filter(({ sample }) => sample === null || sample.kind === "row");
  const note =
    absent &&
    html`<p class="note">
      The samples are not in this file. <code>embed: "mistakes"</code>, on the command line
      <code>--embed mistakes</code>, puts them in.
    </p>`;
  return html`<p>
      The samples with the largest losses, worst first${areRight && ", though all of them are classified correctly"}.
      Rows are counted from 0.
    </p>
    ${note}${
      samples.length > 0 &&
      html`<ol class="mistakes">
        ${samples.map(card)}
      </ol>`
    }${rows.length > 0 && rowsOf(rows)}`;
}

function card({ row, target, prediction, probability, loss, sample }: MistakeRecord): Html {
  return html`<li>
    ${sample && shown(sample, `row ${row}, true ${target}`)}
    <p>
      <b>${prediction}</b>${probability !== null && html` <span>${percent(probability)}</span>`}<br />true:
      <b>${target}</b>
    </p>
    <small>row ${printCount(row)}, loss ${figure(loss)}</small>
  </li>`;
}

function shown(sample: SampleRecord, label: string): Part {
  if (sample.kind === "image") return html`<img alt="${label}" src="data:image/png;base64,${sample.png}" />`;
  return sample.kind === "text" && html`<blockquote>${sample.text}</blockquote>`;
}

function rowsOf(mistakes: readonly MistakeRecord[]): Html {
  const cells = mistakes.map(({ sample }) => (sample?.kind === "row" ? sample.cells : {}));
  const losses = mistakes.map(({ loss }) => loss);
  const names = [...new Set(cells.flatMap(Object.keys))];
  const columns: readonly { readonly head: string; readonly values: readonly Part[] }[] = [
    { head: "row", values: mistakes.map(({ row }) => printCount(row)) },
    { head: "true", values: mistakes.map(({ target }) => target) },
    { head: "predicted", values: mistakes.map(({ prediction }) => prediction) },
    ...(mistakes.some(({ probability }) => probability !== null)
      ? [{ head: "probability", values: mistakes.map(({ probability }) => percent(probability)) }]
      : []),
    { head: "loss", values: losses.map(aligned(losses)) },
    ...names.map((head) => ({ head, values: cells.map((row) => (Object.hasOwn(row, head) ? cell(row[head]) : "")) })),
  ];
  return table(
    columns.map(({ head, values }) => ({ head, numbers: values.every(isNumeric) })),
    mistakes.map((_, i) => columns.map(({ values }) => values[i])),
  );
}

function isNumeric(cell: Part): boolean {
  return /^(?:-?[\d,]*\.?\d+(?:e[+-]?\d+)?(?: %)?|–)$/.test(typeof cell === "string" ? cell : "");
}
