import type { ModelRecord } from "../run/record.ts";
import { counted, printCount } from "./format.ts";
import { type Html, html } from "./html.ts";
import { columns, table } from "./table.ts";

/** The layers of a model. */
export function modelBody({ parameters, layers, summary }: ModelRecord): Html {
  if (layers.length === 0) return html`<pre class="scroll" tabindex="0">${summary}</pre>`;
  const rows = layers.map(({ path, layer, output, parameters }) => [
    path,
    layer,
    output.join(" × "),
    printCount(parameters),
  ]);
  return html`<p>${counted(parameters, "parameter")} in ${counted(layers.length, "layer")}.</p>
    ${table(columns("path", "layer", "#output", "#parameters"), rows)}`;
}
