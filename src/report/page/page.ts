import { type Draw } from "../charts/echarts.ts";
import { Figures } from "../charts/figure.ts";
import type { EvaluationRecord, RunRecord } from "../run/record.ts";
import { certaintyBody } from "./certainty.ts";
import { classesBody } from "./classes.ts";
import { comparisonBody, comparisonLead } from "./comparison.ts";
import { figure, moment, percent } from "./format.ts";
import { Html, type Part, html } from "./html.ts";
import { layersBody } from "./layers.ts";
import { mistakesBody } from "./mistakes.ts";
import { modelBody } from "./model.ts";
import { reproductionBody } from "./reproduction.ts";
import { schemaBody } from "./schema.ts";
import type { Section } from "./section.ts";
import { STYLE } from "./style.ts";
import { summary } from "./summary.ts";
import { facts } from "./table.ts";
import { trainingSection } from "./training.ts";
import { valuesBody } from "./values.ts";

/** Nothing is loaded and nothing runs: pictures are in the file. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A page of runs. @param json what `readReport` reads, with `<` escaped */
export function page(draw: Draw, title: string, runs: readonly RunRecord[], json: Html): string {
  const figures = new Figures(draw);
  const [only] = runs.length === 1 ? runs : [];
  const ids = runs.map((_, i) => `run${i + 1}`);
  const parts = runs.map((run, i) => ({ run, id: ids[i] ?? "", sections: sectionsOf(figures, run, ids[i] ?? "") }));
  const compared = only
    ? undefined
    : { id: "comparison", title: "Comparison", body: comparisonBody(figures, runs, ids) };
  const contents = only
    ? parts.flatMap(({ sections }) => sections.map(entry))
    : [
        ...(compared ? [entry(compared)] : []),
        ...parts.map(
          ({ run, id, sections }) =>
            html`<li>
              <a href="#${id}">${run.name}</a>
              <ol>
                ${sections.map(entry)}
              </ol>
            </li>`,
        ),
      ];
  const main = only
    ? parts.flatMap(({ sections }) => sections.map((each) => sectionOf(each, 2)))
    : [
        ...(compared ? [sectionOf(compared, 2)] : []),
        ...parts.map(
          ({ run, id, sections }) =>
            html`<article id="${id}">
              <h2>${run.name}</h2>
              ${summary(run)}${sections.map((each) => sectionOf(each, 3))}
            </article>`,
        ),
      ];
  const first = runs[0];
  const byline = html`<p class="byline">
    ${only && only.name !== title ? `${only.name} · ` : ""}${first && moment(first.began)} · lanegrad
    ${first?.machine.lanegrad}
  </p>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="lanegrad ${first?.machine.lanegrad}" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the results</a>
        <nav aria-label="Contents">
          <a class="home" href="#top">${title}</a>
          <ol>
            ${contents}
          </ol>
        </nav>
        <div class="page">
          <header id="top">
            <h1>${title}</h1>
            ${byline}${only ? summary(only) : html`<p class="lead">${comparisonLead(runs)}</p>`}
          </header>
          <main id="main">${main}</main>
        </div>
        ${json}
      </body>
    </html> `.text;
}

function entry({ id, title }: Section): Html {
  return html`<li><a href="#${id}">${title}</a></li>`;
}

function sectionOf({ id, title, body }: Section, level: 2 | 3): Html {
  const heading = level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`;
  return html`<section id="${id}">${heading}${body}</section> `;
}

/** The sections of a run for which there are numbers. */
function sectionsOf(figures: Figures, run: RunRecord, id: string): readonly Section[] {
  const training = trainingSection(figures, run, `${id}-training`);
  return [
    ...(training ? [training] : []),
    ...run.evaluations.flatMap((each, i) => evaluationSections(figures, each, `${id}-evaluation${i + 1}`)),
    { id: `${id}-model`, title: "Model", body: modelBody(run.model) },
    ...(run.schema === null ? [] : [{ id: `${id}-schema`, title: "Schema", body: schemaBody(run.schema) }]),
    { id: `${id}-reproduction`, title: "Reproduction", body: reproductionBody(run) },
  ];
}

function evaluationSections(figures: Figures, evaluation: EvaluationRecord, id: string): readonly Section[] {
  const { name, scores, classes, values, mistakes, certainty, layers, notes } = evaluation;
  const metrics: readonly (readonly [string, Part])[] = [
    ["loss", scores.loss !== null && figure(scores.loss)],
    ["accuracy", scores.accuracy !== null && percent(scores.accuracy, 2)],
    ...Object.entries(scores.metrics).map(([metric, value]) => [metric, figure(value)] as const),
  ];
  const body = html`${facts(metrics, true)}${notes.map((note) => html`<p class="note">${note}</p>`)}${classes && classesBody(figures, classes)}${values && valuesBody(figures, values)}`;
  return [
    { id, title: `Evaluation on ${name}`, body },
    ...(mistakes.length > 0
      ? [{ id: `${id}-mistakes`, title: `Worst mistakes on ${name}`, body: mistakesBody(mistakes) }]
      : []),
    ...(certainty
      ? [{ id: `${id}-certainty`, title: `Certainty on ${name}`, body: certaintyBody(figures, certainty) }]
      : []),
    ...(layers.length > 0
      ? [{ id: `${id}-layers`, title: `Layers on ${name}`, body: layersBody(figures, layers) }]
      : []),
  ];
}
