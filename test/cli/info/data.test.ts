import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "lanegrad";
import { type Row, schemaFromDescription } from "lanegrad/data";
import { packageFile } from "../../../examples/data/package-file.ts";
import { columnFactsOf } from "../../../src/cli/info/data/column-facts.ts";
import { duplicatesIn } from "../../../src/cli/info/data/duplicates.ts";
import { runCli } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-info-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PENGUINS = packageFile("@observablehq/sample-datasets/penguins.csv");

function written(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const lines = (count: number, of: (i: number) => readonly unknown[]): string =>
  Array.from({ length: count }, (_, i) => of(i).join(",")).join("\n");

describe("info of a data file", () => {
  test("shows columns, the target and what train makes of them, in 80 columns", async () => {
    const { code, stdout, stderr } = await runCli(["info", PENGUINS, "--target", "species"]);
    expect([code, stderr]).toEqual([0, ""]);
    const [head = "", ...rest] = stdout.trimEnd().split("\n");
    expect(head).toBe(`${PENGUINS}: 344 rows, 7 columns`);
    const command = rest.find((line) => line.startsWith("lanegrad info"));
    expect(command).toBe(`lanegrad info ${PENGUINS} --target species --schema > schema.json`);
    expect(rest.filter((line) => line !== command).join("\n")).toBe(`
column             type    missing  distinct  values
-----------------  ------  -------  --------  ----------------------------------
species            text                    3  Adelie 44 %, Gentoo 36 %, Chinstr…
island             text                    3  Biscoe 49 %, Dream 36 %, Torgerse…
culmen_length_mm   number        2       164  ▂██▇██▁▁ 32.1 | 44.45 | 59.6
culmen_depth_mm    number        2        80  ▃▆▅▆██▄▂ 13.1 | 17.3 | 21.5
flipper_length_mm  number        2        55  ▁▄█▆▃▆▄▂ 172 | 197 | 231
body_mass_g        number        2        94  ▂██▆▅▄▃▁ 2700 | 4050 | 6300
sex                text         11         2  MALE 50 %, FEMALE 50 %

target species: classification, 3 classes
Adelie     152    44 %  ████████████████████████
Gentoo     124    36 %  ███████████████████▋
Chinstrap   68    20 %  ██████████▊

what train makes of it, to be edited:

column             becomes
-----------------  -------------------------------------
species (target)   category
island             category, unknown zeros
culmen_length_mm   number, missing median, indicator
culmen_depth_mm    number, missing median, indicator
flipper_length_mm  number, missing median, indicator
body_mass_g        number, missing median, indicator
sex                category, unknown zeros, missing slot`);
  });

  test("prints a schema that a person edits and train takes", async () => {
    const { code, stdout, stderr } = await runCli(["info", PENGUINS, "--target", "body_mass_g", "--schema"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain('\n    "island": { "column": "category", "options": { "unknown": "zeros" } },\n');
    const { inputs, target, onMisfit } = schemaFromDescription(stdout);
    expect([Object.keys(inputs).length, Object.keys(target ?? {}), onMisfit]).toEqual([6, ["body_mass_g"], "flag"]);
    const { json } = await runCli(["info", PENGUINS, "-t", "body_mass_g", "--schema", "--json"]);
    expect(json()).toEqual([JSON.parse(stdout)]);
  });

  test("has all of it as JSON", async () => {
    const { code, json } = await runCli(["info", PENGUINS, "--target", "species", "--json"]);
    expect(code).toBe(0);
    expect(json()).toMatchObject([
      {
        type: "data",
        file: PENGUINS,
        rows: 344,
        target: { name: "species", task: "classification", classes: [{ value: "Adelie", count: 152 }, {}, {}] },
        duplicates: { rows: 0, conflicting: 0 },
        warnings: [],
        schema: { version: 1, target: { species: { column: "category" } } },
      },
    ]);
  });

  test("needs no target", async () => {
    const { code, stdout } = await runCli(["info", PENGUINS]);
    expect(code).toBe(0);
    expect(stdout).toContain("culmen_length_mm");
    expect(stdout).not.toContain("target");
  });

  test("warns of what is odd", async () => {
    const rows = lines(60, (i) => [
      1,
      i % 2,
      i % 3,
      i % 50 === 0 ? "rare" : "often",
      i % 5 === 0 ? 2 : "",
      i < 9 ? 7 : i / 7,
    ]);
    const file = written("odd.csv", `same,bit,third,kind,hole,free\n${rows}\n`);
    const { stdout } = await runCli(["info", file, "--target", "kind"]);
    const warnings = stdout.slice(stdout.indexOf("\n! ") + 1);
    expect(warnings).toBe(
      `! "same" has one value in all rows
! "hole" is missing in 48 of 60 rows
! 3 rows have the inputs of an earlier row: in training and validation alike
  they make results look better
! the class "rare" has 2 rows, "often" 58: --balance makes rare classes count as
  much
`,
    );
  });

  test("warns of columns that give the target away, and of a target that cannot be", async () => {
    const rows = lines(60, (i) => [`key ${i}`, i % 3, ["a", "b", "c"][i % 3], (i * 7) % 11]);
    const file = written("leak.csv", `key,code,class,x\n${rows}\n`);
    expect((await runCli(["info", file, "--target", "class"])).stdout).toContain(
      '! "code" may give the target away: each of its values has one value of the\n  target',
    );
    const { code, stdout } = await runCli(["info", file, "--target", "key"]);
    expect([code, stdout.includes('! the target "key" must have values that repeat')]).toEqual([0, true]);
    expect(await runCli(["info", file, "--target", "key", "--schema"])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining('info: the target "key" must have values that repeat'),
    });
  });

  test("shows images and their classes", async () => {
    const labels = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 40, ...Array.from({ length: 40 }, (_, i) => i % 4)]);
    const pixels = Array.from({ length: 40 * 6 }, (_, i) => (i * 31) % 251);
    written("some-labels-idx1-ubyte", labels);
    const header = [0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 3];
    const images = written("some-images-idx3-ubyte", Uint8Array.from([...header, ...pixels]));
    const { stdout } = await runCli(["info", images]);
    expect(stdout).toMatch(/^image +image +1 {2}1 x 2 x 3$/m);
    expect(stdout).toContain("target label: classification, 4 classes");
  });

  test.each<[string, readonly string[], number, string]>([
    ["a misspelt target", ["--target", "specis"], 2, 'did you mean "species"?'],
    ["a schema without a target", ["--schema"], 2, "columns: species, island"],
    ["a task that is none", ["--target", "species", "--task", "guess"], 2, "--task"],
    [
      "a task that does not fit",
      ["--target", "species", "--task", "regression", "--schema"],
      1,
      "must be numbers for regression; got texts",
    ],
  ])("%s is refused", async (_, options, code, message) => {
    const ran = await runCli(["info", PENGUINS, ...options]);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toContain("    at ");
  });

  test("--target is for data", async () => {
    const { code, stderr } = await runCli(["info", "--target", "price"]);
    expect([code, stderr]).toEqual([2, "info: --target must be with data; got no file\n"]);
  });

  test("text of a file cannot command the terminal", async () => {
    const escape = "\u001b[31m";
    const file = written("red.csv", `${escape}a,y\n${lines(30, (i) => [`${escape}${i % 4}`, `${escape}${i % 2}`])}\n`);
    for (const options of [[], ["--schema"], ["--json"]]) {
      const { code, stdout } = await runCli(["info", file, "--target", "y", ...options]);
      expect([code, stdout.includes("\u001b"), stdout.includes(String.raw`\u001b[31ma`)]).toEqual([0, false, true]);
    }
  });
});

describe("facts of a column", () => {
  const facts = (cells: readonly unknown[]) =>
    columnFactsOf(
      cells.map((cell) => ({ cell }) as Row),
      "cell",
    );

  test("quartiles and histogram are those of NumPy", async () => {
    const { readCsv } = await import("lanegrad/data");
    const { spread, distinct } = columnFactsOf(await readCsv(PENGUINS), "culmen_length_mm");
    expect(spread).toEqual({
      low: 32.1,
      lowerQuartile: 39.225,
      median: 44.45,
      upperQuartile: 48.5,
      high: 59.6,
      histogram: [16, 63, 65, 59, 68, 61, 8, 2],
    });
    expect(distinct).toBe(164);
  });

  test.each<[string, readonly unknown[], object]>([
    ["nothing", [null, undefined, ""], { type: "empty", missing: 3, distinct: 0 }],
    [
      "one number",
      [7, 7],
      { type: "number", distinct: 1, spread: { low: 7, median: 7, high: 7, histogram: [2, 0, 0, 0, 0, 0, 0, 0] } },
    ],
    ["big integers", [2n, 4n], { type: "number", spread: { median: 3 } }],
    [
      "booleans",
      [true, false, true],
      {
        type: "boolean",
        frequent: [
          { value: "true", count: 2 },
          { value: "false", count: 1 },
        ],
      },
    ],
    ["dates", [new Date(0), "1970-01-03", null], { type: "date", missing: 1, spread: { low: 0, median: 86_400_000 } }],
    ["zones", ["2024-01-01T00:30+01:00"], { type: "date", spread: { low: Date.UTC(2023, 11, 31, 23, 30) } }],
    ["days that are none", ["2024-02-31", "2024-13-01"], { type: "text" }],
    [
      "texts and numbers",
      ["a", 1, "a"],
      {
        type: "mixed",
        distinct: 2,
        frequent: [
          { value: "a", count: 2 },
          { value: "1", count: 1 },
        ],
      },
    ],
    ["NaN", [NaN, 1], { type: "mixed" }],
    ["images", [tensor([[[1]]]), tensor([[[1, 2]]]), tensor([[[3]]])], { type: "image", distinct: 2 }],
  ])("%s", (_, cells, expected) => {
    expect(facts(cells)).toMatchObject(expected);
  });
});

describe("rows with the inputs of an earlier row", () => {
  test("are found for all kinds of cells, and none that differ in one", () => {
    const row = { n: 0.1, t: "a", d: new Date(5), b: true, m: null };
    const others: readonly Row[] = [
      { n: 0.2 },
      { t: "b" },
      { d: new Date(6) },
      { b: false },
      { m: "" },
      { m: 0 },
      { n: -0.1 },
    ];
    const rows = [row, ...others.map((other) => ({ ...row, ...other })), { ...row, y: 1 }];
    const names = ["n", "t", "d", "b", "m"];
    // A missing cell is null, or an empty text.
    expect(duplicatesIn(rows, names, undefined)).toEqual({ rows: 2, conflicting: 0 });
    expect(duplicatesIn(rows, names, "y")).toEqual({ rows: 2, conflicting: 1 });
  });

  test("are found among images", () => {
    const image = (x: number) => ({ image: tensor([[[x, 1]]]) });
    expect(duplicatesIn([image(1), image(2), image(1)], ["image"], undefined).rows).toBe(1);
    expect(duplicatesIn([image(1), { image: tensor([[[1]]]) }, image(1)], ["image"], undefined).rows).toBe(0);
  });
});
