import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Trainer, data, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { type RunRecord, createReport, readReport, recordRun, writeReport } from "../../src/report/index.ts";
import { digits, houses, plainDigits, withEvaluation } from "./samples.ts";

/** The page without the JSON that it carries. */
function shown(html: string): string {
  return html.slice(0, html.indexOf('<script type="application/json"'));
}

/** The text of markup, in one line. */
function textOf(html: string): string {
  return shown(html)
    .replaceAll(/<style>[\s\S]*?<\/style>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

function headings(html: string): string[] {
  return [...shown(html).matchAll(/<h[23]>([^<]*)<\/h[23]>/g)].map(([, title]) => title ?? "");
}

/** Titles of the figures. */
function figures(html: string): string[] {
  return [...shown(html).matchAll(/<figcaption>\s*<b>([^<]*)<\/b>/g)].map(([, title]) => title ?? "");
}

describe("the page of a run", () => {
  test("has a section for all that was recorded, with its numbers", async () => {
    const html = await createReport(digits, { title: "Digits" });
    expect(headings(html)).toEqual([
      "Training",
      "Evaluation on test",
      "Worst mistakes on test",
      "Certainty on test",
      "Layers on test",
      "Model",
      "Reproduction",
    ]);
    expect(figures(html)).toEqual([
      "Loss",
      "Accuracy",
      "Learning rate",
      "Confusion matrix",
      "ROC",
      "Precision and recall",
      "Reliability",
      "Wrong decisions among the most certain samples",
      "Gradients by layer",
    ]);
    const text = textOf(html);
    const [evaluation] = digits.evaluations;
    expect(text).toContain("Trained for 20 epochs on 3,000 samples in 8.4 s.");
    expect(text).toContain(`${(100 * (evaluation?.scores.accuracy ?? 0)).toFixed(1)} % are classified correctly`);
    expect(text).toContain("109,386 parameters");
    expect(text).toContain("p of dropout in all epochs: 0.3 in layer 2.");
    expect(text).toContain("22 of 128 units are dead");
    expect(text).toContain(digits.weights);
    expect(text).toContain(digits.machine.processor);
    expect(html).toMatch(/<title>Digits<\/title>/);
  });

  test("names the epoch of the best numbers", async () => {
    const losses = digits.epochs.map(({ validation }) => validation?.loss ?? NaN);
    const best = losses.indexOf(Math.min(...losses));
    const text = textOf(await createReport(digits));
    expect(text).toContain(`${losses[best]?.toPrecision(4)} lowest validation loss epoch ${best + 1}`);
    expect(text).toContain(`The large mark is epoch ${best + 1}, which has the lowest validation loss.`);
  });

  test("shows every number of the curves in tables", async () => {
    const text = textOf(await createReport(digits));
    for (const { loss, accuracy } of digits.epochs) {
      expect(text).toContain(` ${loss?.toFixed(4)} `);
      expect(text).toContain(` ${(100 * (accuracy ?? 0)).toFixed(2)} % `);
    }
    for (const { area, name } of digits.evaluations[0]?.classes?.roc ?? []) {
      expect(text).toContain(` ${name} ${area.toFixed(4)} `);
    }
  });

  test("of numbers has errors, predictions against true values and the schema", async () => {
    const html = await createReport(houses, { embed: "mistakes" });
    expect(headings(html)).toEqual([
      "Training",
      "Evaluation on test",
      "Worst mistakes on test",
      "Model",
      "Schema",
      "Reproduction",
    ]);
    expect(figures(html)).toEqual(["Loss", "Predicted against true values"]);
    const text = textOf(html);
    expect(text).toMatch(/Mean absolute error 14\.\d\d /);
    expect(text).toContain("one of 3 categories (one-hot): Elm, Main, Oak");
    expect(text).toContain("early stopping: no lower validation loss in 10 epochs");
    expect(text).toContain("npx lanegrad replay report.html");
    expect(text).toMatch(/area rooms street garden sold price 153 /);
  });

  test("of a run without epochs and evaluations has what is left", async () => {
    const html = await createReport({ ...digits, epochs: [], evaluations: [] });
    expect(headings(html)).toEqual(["Model", "Reproduction"]);
    expect(figures(html)).toEqual([]);
  });

  test("has a list of confusions instead of a map of many classes", async () => {
    const [evaluation] = digits.evaluations;
    const names = Array.from({ length: 40 }, (_, i) => `class ${i}`);
    const score = { precision: 1, recall: 1, f1: 1, count: 9 };
    const confusion = names.map((_, i) => names.map((_, j) => (i === j ? 8 : Number((i + 1) % 40 === j))));
    const classes = evaluation?.classes && {
      ...evaluation.classes,
      names,
      confusion,
      scores: names.map(() => score),
    };
    const html = await createReport(withEvaluation(digits, { classes: classes ?? null }));
    expect(figures(html)).not.toContain("Confusion matrix");
    expect(textOf(html)).toContain("class 0 class 1 1 11.1 %");
  });

  test("draws lines with gaps for numbers that are not finite", async () => {
    const epochs = digits.epochs.map((each, i) => (i === 4 ? { ...each, loss: null } : each));
    const text = textOf(await createReport({ ...digits, epochs }));
    expect(text).toMatch(/ 5 – 0\.2\d+ 6 /);
  });

  test("has texts of other languages and long names as they are", async () => {
    const name = "Größe 尺寸 😀 ".repeat(10).trim();
    expect(textOf(await createReport({ ...digits, name }))).toContain(name);
  });

  test("is the same at every call, with ids of its own for each picture", async () => {
    const html = await createReport(digits);
    expect(await createReport(digits)).toBe(html);
    expect(html).not.toMatch(/\bzr\d/);
    const ids = [...shown(html).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is below 300 kB without samples", async () => {
    expect((await createReport(digits)).length).toBeLessThan(300_000);
  });

  test("has no digits that nobody reads", async () => {
    // Hashes, and texts of settings, are no numbers of ours.
    const { weights } = digits;
    const text = textOf(await createReport(digits)).replaceAll(weights, "");
    expect([...text.matchAll(/\d\.0*[1-9]\d{7,}/g)].map(String)).toEqual([]);
  });
});

describe("several runs", () => {
  test("are compared: settings that differ, curves in the same charts, sections of each", async () => {
    const html = await createReport([digits, plainDigits]);
    expect(headings(html).slice(0, 3)).toEqual(["Comparison", "dropout 0.3", "Training"]);
    expect(figures(html).slice(0, 4)).toEqual([
      "Loss, validation",
      "Loss, training",
      "Accuracy, validation",
      "Accuracy, training",
    ]);
    const marked = [...html.matchAll(/<tr class="differs"><th scope="row">(\w+)/g)].map(([, name]) => name);
    expect(marked).toEqual(["dropout"]);
    expect(textOf(html)).toContain("2 runs. They differ in dropout. The best validation accuracy, 94.83 %");
    expect(html).toContain('<a href="#run2">no dropout</a>');
  });

  test("are given as recordings too", async () => {
    const recording = { toJSON: (): RunRecord => plainDigits };
    expect(await createReport([digits, recording])).toBe(await createReport([digits, plainDigits]));
  });

  test("of a training that was recorded, with rows only if they are embedded", async () => {
    manualSeed(1);
    const rows = Array.from({ length: 60 }, (_, i) => ({ size: i / 60, kind: `word ${i}` }));
    const labels = Int32Array.from(rows, ({ size }) => Number(size > 0.5));
    const set = data.fromArrays(tensor(rows.map(({ size }) => [size])), labels);
    const model = nn.sequential(nn.linear(1, 8), nn.relu(), nn.dropout(0.2), nn.linear(8, 2));
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
    const run = recordRun(trainer, { name: "sizes", seed: 1, settings: { lr: 0.01 } });
    await trainer.fit(set, { epochs: 5, validation: set, progress: false, callbacks: [run] });
    await run.evaluate(set, { classes: ["small", "large"], rows, monteCarlo: 10, layers: true });
    const html = await createReport(run);
    expect(headings(html)).toEqual([
      "Training",
      "Evaluation on test",
      "Worst mistakes on test",
      "Certainty on test",
      "Layers on test",
      "Model",
      "Reproduction",
    ]);
    expect(html).not.toMatch(/word \d/);
    expect(await createReport(run, { embed: "mistakes" })).toMatch(/<td>word \d+<\/td>/);
    expect((await readReport(new Blob([html]))).runs).toHaveLength(1);
  });
});

describe("markup in names and data", () => {
  const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert(1)">'&amp;`;
  const evil = (run: RunRecord): RunRecord => {
    const text = JSON.stringify(run, (key, value: unknown) => {
      const isFixed = ["began", "sha256", "weights", "kernels", "by", "kind", "png"].includes(key);
      if (typeof value === "string" && !isFixed) return EVIL + value;
      const isNamed = ["settings", "metrics", "dropout", "cells"].includes(key) && typeof value === "object";
      return isNamed ? { ...value, [EVIL]: 0.5 } : value;
    });
    return JSON.parse(text) as RunRecord;
  };

  test.each([
    ["classes", digits],
    ["numbers", houses],
  ])("is text: %s", async (_, run) => {
    const html = await createReport([evil(run), evil({ ...run, name: "other" })], { title: EVIL, embed: "mistakes" });
    expect(html.match(/<script/g)).toEqual(["<script"]);
    expect(html.match(/<\/script/g)).toEqual(["</script"]);
    expect(html).not.toContain("<img src=x");
    expect(html.split("<title>")[1]?.slice(0, 16)).toBe("&lt;/script&gt;&");
    const tags = shown(html).replaceAll(/"[^"]*"/g, "");
    expect(tags).toMatch(/<svg viewBox= role= aria-label=>/);
    expect([...tags.matchAll(/<[^>]*\son\w+/gi)].map(String)).toEqual([]);
  });

  test("of a text sample is text", async () => {
    const mistakes = digits.evaluations[0]?.mistakes.map((each) => ({
      ...each,
      sample: { kind: "text" as const, text: `<b>bold</b>\n\u0000\u001b[31m` },
    }));
    const html = await createReport(withEvaluation(digits, { mistakes: mistakes ?? [] }), { embed: "mistakes" });
    expect(html).toContain("<blockquote>&lt;b&gt;bold&lt;/b&gt;\n\u{FFFD}\u{FFFD}[31m</blockquote>");
  });
});

describe("embed", () => {
  const png = digits.evaluations[0]?.mistakes[0]?.sample;
  const bytes = png?.kind === "image" ? png.png : "";

  test('"none", the default, leaves out samples and says how to embed them', async () => {
    const html = await createReport(digits);
    expect(bytes.length).toBeGreaterThan(100);
    expect(html).not.toContain(bytes);
    expect(html).not.toContain("<img");
    expect(textOf(html)).toContain("The samples are not in this file.");
    const row = digits.evaluations[0]?.mistakes[0]?.row;
    expect(textOf(html)).toContain(` row true predicted probability loss ${row} `);
    expect(await createReport(houses)).not.toContain("2023-08-15");
  });

  test('"mistakes" shows images and rows', async () => {
    const html = await createReport(digits, { embed: "mistakes" });
    expect(html).toContain(`<img alt="row 691, true 8" src="data:image/png;base64,${bytes}" />`);
    expect(await createReport(houses, { embed: "mistakes" })).toContain("2023-08-15");
  });
});

describe("writeReport", () => {
  test("writes the page in one step", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lanegrad-report-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "report.html");
    await writeReport(file, digits, { title: "Digits" });
    expect(readFileSync(file, "utf8")).toBe(await createReport(digits, { title: "Digits" }));
    expect(readdirSync(folder)).toEqual(["report.html"]);
    await expect(writeReport(join(folder, "absent", "report.html"), digits)).rejects.toThrow(/^writeReport: /);
  });
});

describe("wrong arguments", () => {
  test.each<[string, unknown, object, string]>([
    ["no runs", [], {}, "createReport: runs must have at least one run; got none"],
    [
      "a run that is a text",
      ["digits"],
      {},
      'createReport: runs[0] must be a run of recordRun or readReport; got "digits"',
    ],
    [
      "a run without epochs",
      { ...digits, epochs: null },
      {},
      "createReport: runs[0].epochs must be an array; got null",
    ],
    [
      "a run with NaN",
      { ...digits, seconds: NaN },
      {},
      "createReport: runs[0].seconds must be a finite number; got null",
    ],
    [
      "an unknown embed",
      digits,
      { embed: "rows" },
      'createReport: embed must be "none", "mistakes" or "all"; got "rows"',
    ],
    [
      "data without embed",
      digits,
      { data: {} },
      'createReport: data must be absent unless embed is "all"; got embed "none"',
    ],
    [
      "embed without data",
      digits,
      { embed: "all" },
      "createReport: data must be an object of bytes by the names of files; got undefined",
    ],
    [
      "data that are no bytes",
      digits,
      { embed: "all", data: { a: "x" } },
      'createReport: data["a"] must be a Uint8Array; got "x"',
    ],
    ["an unknown option", digits, { theme: "dark" }, "createReport: options must be title, embed, data; got theme"],
  ])("%s", async (_, runs, options, message) => {
    await expect(createReport(runs as RunRecord, options)).rejects.toThrow(message);
  });

  test("without echarts the error says how to install it", async () => {
    vi.resetModules();
    vi.doMock("echarts/core", () => {
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    });
    onTestFinished(() => {
      vi.doUnmock("echarts/core");
      vi.resetModules();
    });
    const fresh = await import("../../src/report/index.ts");
    await expect(fresh.createReport(digits)).rejects.toThrow(
      'createReport: the package "echarts" must be installed (npm install echarts); got',
    );
  });
});
