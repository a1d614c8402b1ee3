import { type Html, type Part, html } from "./html.ts";

/** A column: its head, and whether its cells are numbers, which are aligned at their right. */
export interface Column {
  readonly head: Part;
  readonly numbers?: boolean;
}

/** A table that scrolls sideways where the screen is narrow. The first cell of each row is its head. */
export function table(columns: readonly Column[], rows: readonly (readonly Part[])[]): Html {
  const kind = (i: number): Part => columns[i]?.numbers === true && html` class="n"`;
  const head = columns.map(({ head }, i) => html`<th scope="col" ${kind(i)}>${head}</th>`);
  const body = rows.map((cells) => {
    const shown = cells.map((cell, i) =>
      i === 0 ? html`<th scope="row" ${kind(i)}>${cell}</th>` : html`<td${kind(i)}>${cell}</td>`,
    );
    return html`<tr>
      ${shown}
    </tr>`;
  });
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** Columns by their heads; those that begin with `#` are of numbers. */
export function columns(...heads: readonly string[]): readonly Column[] {
  return heads.map((head) => (head.startsWith("#") ? { head: head.slice(1), numbers: true } : { head }));
}

/** Names and what they are, as a list or in a row; entries without a value are absent. */
export function facts(entries: readonly (readonly [name: string, value: Part])[], isRow = false): Html {
  const present = entries.filter(([, value]) => value !== undefined && value !== null && value !== false);
  return html`<dl${isRow && html` class="row"`}>
    ${present.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
