import { Html, type Part, escaped, html } from "../page/html.ts";
import { type Draw, type Size } from "./echarts.ts";
import { type LineStyle } from "./palette.ts";
import { embedded } from "./svg.ts";

/** A picture with its title, its key and its numbers. */
export interface Figure {
  readonly title: string;
  /** What is to be seen, in a sentence. */
  readonly note?: Part;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  readonly options: object;
  /** Default: 420 x 270. */
  readonly size?: Size;
  readonly key?: readonly { readonly name: string; readonly style: LineStyle }[];
  /** The numbers as a table. */
  readonly numbers: Html;
  /** Whether it takes a row of its own. Default: false. */
  readonly isWide?: boolean;
}

/** Draws the figures of a page, whose ids differ. */
export class Figures {
  #count = 0;

  constructor(readonly draw: Draw) {}

  figure({ title, note, label, options, size = { width: 420, height: 270 }, key, numbers, isWide }: Figure): Html {
    const svg = embedded(this.draw(options, size), `chart${++this.#count}`, escaped(label));
    return html`<figure${isWide === true && html` class="wide"`}><figcaption><b>${title}</b>${note !== undefined && html`<p>${note}</p>`}</figcaption>
${
  key &&
  html`<ul class="key">
    ${key.map(({ name, style }) => html`<li>${keyLine(style)}${name}</li>`)}
  </ul>`
}${new Html(svg)}
<details><summary>Numbers<span class="unseen"> of ${title}</span></summary>${numbers}</details></figure>
`;
  }
}

/** The line and the symbol of a style. */
function keyLine({ color, dash, symbol }: LineStyle): Html {
  const shape = {
    circle: html`<circle cx="14" cy="6" r="3" />`,
    rect: html`<path d="M11 3h6v6h-6z" />`,
    triangle: html`<path d="M14 2.5l3.5 6h-7z" />`,
    diamond: html`<path d="M14 2l3.5 4l-3.5 4l-3.5-4z" />`,
    arrow: html`<path d="M14 2l3.5 8l-3.5-2l-3.5 2z" />`,
    none: undefined,
  }[symbol];
  return html`<svg class="line" viewBox="0 0 28 12" aria-hidden="true" fill="${color}">
    <path d="M0 6h28" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash.join(" ")}" />
    ${shape}
  </svg>`;
}
