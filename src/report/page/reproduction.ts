import type { RunRecord } from "../run/record.ts";
import { counted, figure, moment, plain, printCount } from "./format.ts";
import { type Html, html } from "./html.ts";
import { columns, facts, table } from "./table.ts";

/** Settings, seed, data and machine: what trains the same again. */
export function reproductionBody(run: RunRecord): Html {
  const { machine, settings, data, seed } = run;
  const set = Object.entries(settings);
  const threads = `${counted(machine.threads, "thread")} of ${counted(machine.cores, "core")}`;
  return html`<div class="figures">
      <div>
        <h4>Settings</h4>
        ${facts([["seed", seed === null ? "none" : String(seed)], ...set.map(([name, value]) => [name, plain(value)] as const)])}
      </div>
      <div>
        <h4>Machine</h4>
        ${facts([
          ["lanegrad", machine.lanegrad],
          ["host", machine.host],
          ["system", machine.system],
          ["processor", machine.processor],
          ["threads", threads],
          ["memory", machine.memory !== null && `${figure(machine.memory / 2 ** 30)} GiB`],
          ["kernels", `${machine.kernels}${machine.wide ? ", wide" : ""}`],
          ["begun", moment(run.began)],
        ])}
      </div>
    </div>
    <h4>Data</h4>
    ${table(
      columns("set", "#samples", "file", "SHA-256"),
      data.map(({ name, samples, file, sha256 }) => [
        name,
        samples === null ? "–" : printCount(samples),
        file ?? "–",
        sha256 === null ? "–" : html`<code class="hash">${sha256}</code>`,
      ]),
    )}
    <h4>Weights after the training</h4>
    <p>SHA-256 <code class="hash">${run.weights}</code></p>
    ${replay(run)}`;
}

function replay({ recipe, machine }: RunRecord): Html {
  if (recipe === null) {
    return html`<p class="note">
      A program made this run. The same program with the same seed, data and versions, on
      ${machine.kernels === "strict" ? "any machine" : "this kind of processor"}, gives the same weights; compare the
      hash.
    </p>`;
  }
  return html`<h4>Train again</h4>
    <pre class="scroll" tabindex="0">npx lanegrad replay report.html</pre>
    <p class="note">
      trains again from the recipe in this file and compares the weights and the losses of all epochs, bit by bit.
      <code>--data FILE</code> says where the data is now.
    </p>
    <details>
      <summary>Recipe</summary>
      <pre class="scroll" tabindex="0">${JSON.stringify(recipe, null, 2)}</pre>
    </details>`;
}
