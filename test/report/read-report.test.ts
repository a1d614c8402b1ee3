import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { FormatError } from "../../src/index.ts";
import { createReport, readReport } from "../../src/report/index.ts";
import { digits, houses, plainDigits } from "./samples.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const written = createReport(digits);

/** A report whose JSON was changed. */
async function changed(change: (content: Record<string, unknown>) => unknown): Promise<Uint8Array> {
  const html = await written;
  const [before = "", json = "", after = ""] = html.split(/(?<=id="lanegrad-report">)|(?=<\/script>)/);
  const content = JSON.parse(json) as Record<string, unknown>;
  return bytesOf(before + JSON.stringify(change(content) ?? content) + after);
}

/** A report whose run was changed at a path of names and indices. */
function changedAt(path: string, value: unknown): Promise<Uint8Array> {
  return changed((content) => {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const holder = names.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), content);
    if (value === undefined) Reflect.deleteProperty(Object(holder), last);
    else Object.defineProperty(Object(holder), last, { value, enumerable: true, configurable: true });
  });
}

describe("a report that is read", () => {
  test("gives the runs that were written, curves to five digits", async () => {
    const html = await createReport([digits, plainDigits, houses], { title: "All </script>", embed: "mistakes" });
    const { title, runs, data } = await readReport(bytesOf(html));
    expect(title).toBe("All </script>");
    expect(runs).toEqual([digits, plainDigits, houses]);
    expect(data).toEqual([]);
    expect(await createReport(runs, { title, embed: "mistakes" })).toBe(html);
  });

  test("keeps all bits of losses, weights and the recipe, but not of curves", async () => {
    const loss = 0.1234567890123456;
    const epochs = digits.epochs.map((each) => ({ ...each, loss }));
    const recipe = { x: [0.1234567890123456], y: ["<", "\u2028", "__proto__"] };
    const [evaluation] = digits.evaluations;
    const roc = { name: "a", x: [0, 0.123456789, 1], y: [0, 0.987654321, 1], area: 0.987654321 };
    const classes = evaluation?.classes ? { ...evaluation.classes, roc: [roc] } : null;
    const evaluations = evaluation ? [{ ...evaluation, classes }] : [];
    const html = await createReport({ ...digits, epochs, recipe, evaluations });
    const [run] = (await readReport(new Blob([html]))).runs;
    expect(run?.epochs.map((each) => each.loss)).toEqual(epochs.map(() => loss));
    expect(run?.recipe).toEqual(recipe);
    expect(run?.evaluations[0]?.classes?.roc).toEqual([{ ...roc, x: [0, 0.12346, 1], y: [0, 0.98765, 1] }]);
  });

  test("is a file, or has its data in it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lanegrad-report-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "report.html");
    const table = bytesOf("a,b\n1,2\n".repeat(20_000));
    const html = await createReport(houses, { embed: "all", data: { "houses.csv": table, empty: new Uint8Array() } });
    expect(html.length).toBeLessThan(table.length);
    writeFileSync(file, html);
    const { data } = await readReport(file);
    expect(data.map(({ name, size }) => [name, size])).toEqual([
      ["houses.csv", table.length],
      ["empty", 0],
    ]);
    expect(await data[0]?.read()).toEqual(table);
    expect(await data[1]?.read()).toEqual(new Uint8Array());
  });

  test("has names that objects inherit", async () => {
    const epochs = digits.epochs.map((each, i) => ({ ...each, metrics: i === 0 ? { constructor: 0.5 } : {} }));
    const settings = JSON.parse('{ "__proto__": { "polluted": true }, "toString": 1 }') as Record<string, string>;
    const html = await createReport({ ...digits, epochs, settings });
    const { runs } = await readReport(bytesOf(html));
    expect(Object.entries(runs[0]?.settings ?? {})).toEqual([
      ["__proto__", { polluted: true }],
      ["toString", 1],
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a stranger's report", () => {
  test.each([
    ["nothing", "", "a report must have its runs as JSON; got none"],
    ["another page", "<!doctype html><p>", "a report must have its runs as JSON; got none"],
    [
      "a cut file",
      '<script type="application/json" id="lanegrad-report">{"a"',
      "a report must have its runs as JSON; got none",
    ],
    ["no JSON", '<script type="application/json" id="lanegrad-report">alert(1)</script>', "the runs must be JSON"],
    [
      "null",
      '<script type="application/json" id="lanegrad-report">null</script>',
      "report must be an object; got null",
    ],
  ])("is refused if it is %s", async (_, text, message) => {
    const error = await readReport(bytesOf(text)).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`readReport: in "the given bytes": ${message}`);
  });

  const e = "runs.0.evaluations.0";
  test.each<[string, unknown, string]>([
    ["report", 2, "report.report must be 1; got 2"],
    ["title", 3, "report.title must be text; got 3"],
    ["runs", {}, "report.runs must be an array; got {}"],
    ["runs.0.version", 2, "report.runs[0].version must be 1; got 2"],
    ["runs.0.more", 1, 'report.runs[0] must have known names; got "more"'],
    ["runs.0.weights", "<b>", 'report.runs[0].weights must be a SHA-256 of 64 hexadecimal digits; got "<b>"'],
    ["runs.0.began", "now", 'report.runs[0].began must be a time in ISO 8601, UTC; got "now"'],
    ["runs.0.epochs.3.loss", "0.1", 'report.runs[0].epochs[3].loss must be a finite number; got "0.1"'],
    ["runs.0.epochs.3.validation", undefined, "report.runs[0].epochs[3].validation must be an object; got undefined"],
    [
      "runs.0.epochs.3.dropout",
      { "a b": 2 },
      'report.runs[0].epochs[3].dropout["a b"] must be a number from 0 to 1; got 2',
    ],
    [`${e}.classes.names`, ["a"], "report.runs[0].evaluations[0].classes.confusion must be an array of 1; got [["],
    [
      `${e}.classes.confusion.2`,
      [1],
      "report.runs[0].evaluations[0].classes.confusion[2] must be an array of 10; got [1]",
    ],
    [`${e}.classes.roc.0.x`, [1], "report.runs[0].evaluations[0].classes.roc[0].y must be an array of 1; got ["],
    [`${e}.mistakes.0.sample`, { kind: "script" }, 'sample.kind must be "image" or "text" or "row"; got "script"'],
    [
      `${e}.mistakes.0.sample`,
      { kind: "image", png: '"><script>' },
      'sample.png must be a PNG in base64; got "\\"><script>"',
    ],
    [`${e}.certainty.by`, "luck", 'certainty.by must be "entropy" or "deviation"; got "luck"'],
  ])("is refused if %s is %j", async (path, value, message) => {
    const error = await readReport(await changedAt(path, value)).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(message);
  });

  test("is refused if it nests deeper than a stack", async () => {
    const nested = async (levels: number): Promise<unknown> => {
      const html = (await written).replace('"recipe":null', `"recipe":${"[".repeat(levels)}${"]".repeat(levels)}`);
      return readReport(bytesOf(html)).catch((each: unknown) => each);
    };
    for (const [levels, most] of [
      [110, 100],
      [100_000, 128],
    ] as const) {
      const error = await nested(levels);
      expect(error).toBeInstanceOf(FormatError);
      expect(String(error)).toContain(`must have at most ${most} levels; got more`);
    }
  });

  test("is refused for its levels before they are built, which brackets in texts are none of", async () => {
    const [before = ""] = (await written).split(/(?<=id="lanegrad-report">)/);
    await expect(readReport(bytesOf(`${before}${"[{".repeat(65)}</script>`))).rejects.toThrow(
      "the runs must have at most 128 levels; got more",
    );
    await expect(readReport(bytesOf(`${before}${"[".repeat(128)}</script>`))).rejects.toThrow("must be JSON");
    const name = `\\"${"[{".repeat(200)}\\`;
    const { runs } = await readReport(await changedAt("runs.0.name", name));
    expect(runs[0]?.name).toBe(name);
  });

  test("is refused if it has infinite numbers or other bytes than text", async () => {
    const html = await written;
    await expect(readReport(bytesOf(html.replace('"seconds":8.43', '"seconds":1e999')))).rejects.toThrow(FormatError);
    await expect(readReport(Uint8Array.of(0xff, 0xfe, 0xff))).rejects.toThrow(
      "a report must be UTF-8; got other bytes",
    );
  });

  test.each<[string, object, string]>([
    ["no base64", { gzip: "%%%" }, "must be base64; got another text"],
    ["no gzip", { gzip: "AAAA" }, "must be whole gzip; got damaged bytes"],
    ["larger than gzip can be", { size: 2 ** 50 }, "must expand to 1125899906842624 bytes; got fewer"],
    ["shorter than said", { size: 9 }, "must expand to 9 bytes; got 8"],
  ])("has data that are refused if they are %s", async (_, change, message) => {
    const html = await createReport(houses, { embed: "all", data: { "a.csv": bytesOf("a,b\n1,2\n") } });
    const json = /"data":(\[\{"name":"a\.csv".*?\}\])/.exec(html)?.[1] ?? "";
    const [file] = JSON.parse(json) as [object];
    const { data } = await readReport(bytesOf(html.replace(json, JSON.stringify([{ ...file, ...change }]))));
    const error = await data[0]?.read().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`the file "a.csv" ${message}`);
  });
});
