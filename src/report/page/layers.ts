import { barsChart } from "../charts/bars.ts";
import { type Figures } from "../charts/figure.ts";
import type { LayerStateRecord } from "../run/record.ts";
import { figure, printCount } from "./format.ts";
import { type Html, type Part, html } from "./html.ts";
import { columns, table } from "./table.ts";

const MOST_BARS = 40;

/** Activations and gradients by layer, with what is wrong. */
export function layersBody(figures: Figures, layers: readonly LayerStateRecord[]): Html {
  const warned = layers.filter(({ warnings }) => warnings.length > 0);
  const warnings = warned.map(
    ({ path, layer, warnings }) => html`<li><b>Layer ${path}</b> (${layer}): ${warnings.join(" ")}</li>`,
  );
  const rows = layers.map(({ path, layer, mean, deviation, histogram, dead, gradient, warnings }): Part[] => [
    html`${warnings.length > 0 && html`<span class="warn" role="img" aria-label="warning">▲</span> `}${path}`,
    layer,
    figure(mean),
    figure(deviation),
    sparkline(histogram, layer),
    dead ? `${printCount(dead.units)} of ${printCount(dead.of)}` : "–",
    figure(gradient),
  ]);
  const heads = columns("layer", "", "#mean", "#deviation", "outputs", "#dead units", "#gradient");
  const list =
    warned.length > 0 &&
    html`<ul class="warnings">
      ${warnings}
    </ul>`;
  return html`${list}${table(heads, rows)}
    <div class="figures">${gradients(figures, layers)}</div>`;
}

function gradients(figures: Figures, layers: readonly LayerStateRecord[]): Part {
  const shown = layers.filter(({ gradient }) => gradient !== null && gradient > 0).slice(0, MOST_BARS);
  if (shown.length < 2) return undefined;
  const sizes = shown.map(({ gradient }) => gradient ?? 0);
  const span = Math.max(...sizes) / Math.min(...sizes);
  const least = Number(`1e${Math.floor(Math.log10(Math.min(...sizes)) - 0.2)}`);
  const note = `Root mean square of the gradient of the loss by the weights. The largest is ${figure(Number(span.toPrecision(2)))} times the smallest.`;
  return figures.figure({
    title: "Gradients by layer",
    note,
    label: `Gradients by layer. ${note}`,
    options: barsChart(
      shown.map(({ path }) => path),
      sizes,
      { name: "root mean square, logarithmic", log: true, min: least },
    ),
    size: { width: 420, height: 70 + 24 * shown.length },
    numbers: table(
      columns("layer", "#gradient"),
      shown.map(({ path, gradient }) => [path, figure(gradient)]),
    ),
  });
}

/** A histogram in a line of text. */
function sparkline({ low, high, counts }: LayerStateRecord["histogram"], layer: string): Html {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1, Math.round((24 * Math.sqrt(count)) / Math.sqrt(most)));
    return height > 0 ? `M${i * 4} 24v-${height}h3v${height}z` : "";
  });
  const label = `Outputs of ${layer} from ${figure(low)} to ${figure(high)}`;
  return html`<svg
      class="spark"
      viewBox="0 0 ${counts.length * 4} 24"
      preserveAspectRatio="none"
      role="img"
      aria-label="${label}"
    >
      <path d="${bars.join("")}" /></svg
    ><small>${figure(low)} to ${figure(high)}</small>`;
}
