/** Models of files and pipes: predict, evaluate, export and report, as the built program. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import { encode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { Tensor, nn, tensor } from "lanegrad";
import { column, schema } from "lanegrad/data";
import * as io from "lanegrad/io";
import { importOnnx } from "lanegrad/onnx";
import { type Fixture, loanModel, loans, priceModel, prices, scratch } from "./models.ts";
import { type Ran, runCli } from "./run.ts";

const folder = scratch();
let loan: Fixture;
let price: Fixture;
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  loan = await loanModel(folder);
  price = await priceModel(folder);
  writeFileSync(inFolder("loans.csv"), csvOf(loans(600, 300)));
  writeFileSync(inFolder("prices.csv"), csvOf(prices(60)));
});

function csvOf(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {});
  return `${[names, ...rows.map((row) => Object.values(row))].map((cells) => cells.join(",")).join("\n")}\n`;
}

/** Records of JSON lines. */
function records(lines: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] {
  return lines.map((line) => Object(line) as Readonly<Record<string, unknown>>);
}

describe("predict", () => {
  test("rows of CSV come back as they were, with what the library predicts", async () => {
    const { code, stdout, stderr } = await runCli(["predict", loan.file, inFolder("loans.csv"), "--probabilities"]);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    const expected = loan.schema.predict(loan.model, loans(600, 300));
    expect(lines[0]).toBe("id,income,job,grade,paid,prediction,probability,probability_no,probability_yes");
    expect(lines.map((line) => line.split(",").slice(0, 5).join(",")).join("\n")).toBe(
      readFileSync(inFolder("loans.csv"), "utf8"),
    );
    const found: readonly Readonly<Record<string, string>>[] = parse(stdout, { columns: true });
    expect(found.length).toBe(600);
    expected.forEach((each, i) => {
      if (!each || !("label" in each)) throw new Error(`no label in row ${i}`);
      expect(found[i]?.["prediction"]).toBe(each.label);
      expect(Number(found[i]?.["probability"])).toBeCloseTo(each.probability, 5);
      expect(Number(found[i]?.["probability_no"])).toBeCloseTo(each.probabilities["no"] ?? NaN, 5);
    });
  });

  test("JSON lines of a pipe keep their text, and CSV follows on request", async () => {
    const input =
      '{"id": 1.0, "income": 1500, "job": "nurse", "grade": 1}\n{"income":"1e3","job":"clerk","grade":"2","more":[1]}\n';
    const lines = (await runCli(["predict", loan.file], { input })).stdout.split("\n");
    expect(lines[0]).toMatch(
      /^\{"id": 1\.0, "income": 1500, "job": "nurse", "grade": 1,"prediction":"yes","probability":0\.\d+\}$/,
    );
    expect(lines[1]).toMatch(
      /^\{"income":"1e3","job":"clerk","grade":"2","more":\[1\],"prediction":"no","probability":0\.\d+\}$/,
    );
    const args = ["predict", loan.file, "-", "--to", "csv", "--columns", "id,job", "--prefix", "my_"];
    expect((await runCli(args, { input })).stdout).toMatch(
      /^id,job,my_prediction,my_probability\n1\.0,nurse,yes,0\.\d+\n,clerk,no,0\.\d+\n$/,
    );
  });

  test("rows that do not fit stop it after the rows before, are left out, or stay without prediction", async () => {
    const input = 'id,income,job,grade\n1,1500,nurse,1\n2,"12x",clerk,1\n3,1500,nurse,9\n4,1500,nurse,1.0\n';
    const refused = await runCli(["predict", loan.file], { input });
    expect([refused.code, refused.stdout.split("\n").length]).toEqual([1, 3]);
    expect(refused.stderr).toBe(
      'predict: column "income" of line 3 must be a number; got "12x"\n--skip leaves such rows out, and --flag leaves their prediction empty\n',
    );
    const skipped = await runCli(["predict", loan.file, "--skip", "--only"], { input });
    expect(skipped.stdout).toMatch(/^prediction,probability\nyes,0\.\d+\nyes,0\.\d+\n$/);
    expect(skipped.stderr).toBe(
      'predict: 2 of 4 rows left out; the first: column "income" of line 3 must be a number; got "12x"\n',
    );
    const flagged = await runCli(["predict", loan.file, "--flag", "--json", "--quiet"], { input });
    expect(flagged.stderr).toBe("");
    expect(records(flagged.json()).map(({ prediction }) => prediction)).toEqual(["yes", null, null, "yes"]);
  });

  test("a misspelt column, an unknown model and a taken name are named", async () => {
    const misspelt = await runCli(["predict", loan.file], { input: "id,Incme,job,grade\n1,2,nurse,1\n" });
    expect(misspelt.stderr).toBe(
      'predict: the data must have the column "income"; got none in line 2\ndid you mean "Incme"?\n',
    );
    const input = "prediction,income,job,grade\n1,2,nurse,1\n";
    const taken = await runCli(["predict", loan.file, "--json"], { input });
    expect(records(taken.json())).toEqual([
      {
        type: "error",
        message: 'predict: names of new columns must not be those of the data; got "prediction" in both',
        hint: '--prefix new_ names it "new_prediction", and --only leaves the columns of the data out',
      },
    ]);
    const swapped = await runCli(["predict", inFolder("loans.csv"), loan.file]);
    expect([swapped.code, swapped.stderr]).toEqual([
      1,
      expect.stringContaining("the model comes first: lanegrad predict model.safetensors"),
    ]);
    const plain = inFolder("plain.safetensors");
    await io.writeSafetensors(plain, { w: tensor([1, 2]) });
    expect((await runCli(["predict", plain, inFolder("loans.csv")])).stderr).toMatch(
      /^predict: the model must be saved with its layers; got 1 tensors/,
    );
    const bare = inFolder("bare.safetensors");
    await io.save(loan.model, bare);
    const without = await runCli(["predict", bare, inFolder("loans.csv")]);
    expect(without.stderr).toMatch(
      /^predict: the model must have the schema of its rows; got none in .*\n--schema names a file/,
    );
    writeFileSync(inFolder("schema.json"), JSON.stringify(loan.schema));
    const given = await runCli(["predict", bare, inFolder("loans.csv"), "--schema", inFolder("schema.json"), "--only"]);
    expect(given.stdout.split("\n").length).toBe(602);
  });

  test("a stream gives its first rows before it ends", async () => {
    const child = spawn(process.execPath, [resolve("build/cli/lanegrad.js"), "predict", loan.file]);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    child.stdin.write("id,income,job,grade\n1,1500,nurse,1\n");
    while (!text.includes("\n1,1500,nurse,1,yes")) await once(child.stdout, "data");
    child.stdin.write("2,1500,nurse,1\n");
    while (!text.includes("\n2,1500,nurse,1,yes")) await once(child.stdout, "data");
    child.stdin.end();
    expect(await once(child, "close")).toEqual([0, null]);
  });

  test("a file is there when it is whole", async () => {
    const output = inFolder("out.csv");
    writeFileSync(output, "before");
    const input = "id,income,job,grade\n1,1500,nurse,1\n2,x,nurse,1\n";
    expect((await runCli(["predict", loan.file, "-o", output], { input })).code).toBe(1);
    expect(readFileSync(output, "utf8")).toBe("before");
    const { stdout, code } = await runCli(["predict", loan.file, "-o", output, "--json", "--flag"], { input });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { type: "end", rows: 2, misfits: 1, output }]);
    expect(
      records(
        readFileSync(output, "utf8")
          .trim()
          .split("\n")
          .map((line): unknown => JSON.parse(line)),
      )[1],
    ).toMatchObject({ prediction: null });
    const child = spawn(process.execPath, [resolve("build/cli/lanegrad.js"), "predict", loan.file, "-o", output]);
    const parts = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith(".part"));
    child.stdin.write("id,income,job,grade\n");
    while (parts().length === 0) await new Promise((wait) => setTimeout(wait, 20));
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([143, null]);
    expect([parts(), readFileSync(output, "utf8").split("\n").length]).toEqual([[], 3]);
  });

  test("numbers are in the units of the table, with their deviation by Monte Carlo", async () => {
    const args = ["predict", price.file, inFolder("prices.csv"), "--json"];
    const exact = records((await runCli(args)).json());
    const expected = price.schema.predict(price.model, prices(60));
    exact.forEach(({ prediction }, i) => {
      const found = expected[i];
      expect(prediction).toBeCloseTo(found && "value" in found ? found.value : NaN, 0);
    });
    const random = records((await runCli([...args, "--monte-carlo", "50"])).json());
    const errors = random.map(({ prediction }, i) => Math.abs(Number(prediction) - Number(exact[i]?.["prediction"])));
    random.forEach(({ uncertainty }) => expect(uncertainty).toBeGreaterThan(100));
    // The mean of 50 predictions is near the prediction, in deviations.
    expect(errors.filter((error, i) => error > Number(random[i]?.["uncertainty"]))).toEqual([]);
    expect(await runCli([...args, "--monte-carlo", "50"])).toMatchObject({
      stdout: random.map((each) => `${JSON.stringify(each)}\n`).join(""),
    });
  });

  test("masks of Monte Carlo do not depend on how the input pauses", async () => {
    const args = ["predict", price.file, "--monte-carlo", "5"];
    const input = csvOf(prices(60));
    const child = spawn(process.execPath, [resolve("build/cli/lanegrad.js"), ...args]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    child.stdin.write(input.slice(0, 200));
    // The program has begun to read, and has waited longer than for rows of a batch without masks.
    await new Promise((done) => setTimeout(done, 3000));
    child.stdin.end(input.slice(200));
    expect(await once(child, "close")).toEqual([0, null]);
    expect(stdout).toBe((await runCli(args, { input })).stdout);
  });

  test("an output that is read, a folder or a pipe is refused and stays", async () => {
    const file = inFolder("kept.csv");
    writeFileSync(file, csvOf(prices(2)));
    const onto = (output: string): Promise<Ran> => runCli(["predict", price.file, file, "--only", "-o", output]);
    const usage = "predict: --output must be another file than what is read; got ";
    for (const output of [file, price.file]) {
      expect(await onto(output)).toMatchObject({ code: 2, stderr: expect.stringContaining(usage + JSON.stringify(output)) }); // prettier-ignore
    }
    expect(readFileSync(file, "utf8")).toBe(csvOf(prices(2)));
    const pipe = inFolder("pipe");
    execFileSync("mkfifo", [pipe]);
    expect(await onto(pipe)).toMatchObject({ code: 1, stderr: expect.stringContaining("must be a file; got a device or pipe") }); // prettier-ignore
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(await onto(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining("must be a file; got a folder") }); // prettier-ignore
    const [target, link] = [inFolder("target.csv"), inFolder("link.csv")];
    writeFileSync(target, "before", { mode: 0o600 });
    symlinkSync(target, link);
    expect((await onto(link)).code).toBe(0);
    expect([lstatSync(link).isSymbolicLink(), lstatSync(target).mode & 0o777]).toEqual([true, 0o600]);
    expect(readFileSync(target, "utf8")).toMatch(/^prediction\n/);
  });

  test("a link to nothing is named as one", async () => {
    const broken = inFolder("broken.csv");
    symlinkSync(inFolder("nothing"), broken);
    const { code, stderr } = await runCli(["predict", price.file, broken]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/got ".*broken\.csv", a link to nothing\n$/)]);
  });

  test("a folder of images, and one image", async () => {
    const scans = inFolder("scans");
    mkdirSync(scans);
    const paint = (level: number): Uint8Array => new Uint8Array(4 * 4 * 3).fill(level);
    [20, 230, 30].forEach((level, i) => {
      writeFileSync(join(scans, `${i}.png`), encode({ width: 4, height: 4, channels: 3, data: paint(level) }));
    });
    const image = (level: number): Tensor<"float32"> =>
      new Tensor(
        [3, 4, 4],
        "float32",
        Float32Array.from(paint(level), (each) => each / 255),
      );
    const fitted = schema({ inputs: { image: column.image() }, target: { label: column.category() } }).fit([
      { image: image(0), label: "dark" },
      { image: image(255), label: "light" },
    ]);
    const linear = nn.linear(48, 2);
    linear.weight.write().set(Float32Array.from({ length: 96 }, (_, i) => (i < 48 ? -1 : 1)));
    linear.bias?.write().set(Float32Array.of(24, -24));
    const file = inFolder("shades.safetensors");
    await io.save(nn.sequential(nn.flatten(), linear), file, { schema: fitted });
    const all = await runCli(["predict", file, scans, "--columns", "path"]);
    expect(all.stdout.replaceAll(/,[\d.]+$/gm, "")).toBe(
      "path,prediction,probability\n0.png,dark\n1.png,light\n2.png,dark\n",
    );
    expect((await runCli(["predict", file, join(scans, "1.png")])).stdout).toMatch(/1\.png,light,1\n$/);
  });
});

describe("evaluate", () => {
  test("counts what predict says, beside the baseline", async () => {
    const [found] = records(
      (await runCli(["evaluate", loan.file, inFolder("loans.csv"), "--json", "--mistakes", "2"])).json(),
    );
    const rows = loans(600, 300);
    const labels = loan.schema.predict(loan.model, rows).map((each) => (each && "label" in each ? each.label : ""));
    const right = labels.filter((label, i) => label === rows[i]?.paid).length;
    const yes = rows.filter(({ paid }) => paid === "yes").length;
    expect(found).toMatchObject({ rows: 600, misfits: 0, baseline: { name: "yes", share: yes / 600 } });
    expect(found?.["accuracy"]).toBeCloseTo(right / 600, 6);
    const mistakes = found?.["mistakes"];
    expect(mistakes).toHaveLength(2);
    expect(found?.["interval"]).toHaveLength(2);
  });

  test("prints tables of at most 80 columns", async () => {
    for (const [file, data, text] of [
      [loan.file, "loans.csv", "true \\ predicted   no  yes"],
      [price.file, "prices.csv", "mean absolute error"],
    ] as const) {
      const { stdout, stderr, code } = await runCli(["evaluate", file, inFolder(data), "--monte-carlo", "5"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(text);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("a table without the target is refused", async () => {
    const { code, stderr } = await runCli(["evaluate", loan.file, "-"], {
      input: "income,job,grade,payd\n1,nurse,1,no\n",
    });
    expect([code, stderr]).toEqual([
      1,
      'evaluate: the data must have the column "paid", the target of the model; got "-" without it\ndid you mean "payd"?\n',
    ]);
  });

  test("writes a report, and several become one", async () => {
    const [first, second, both] = ["a.html", "b.html", "both.html"].map(inFolder);
    if (!first || !second || !both) throw new Error("no names");
    const args = ["evaluate", loan.file, inFolder("loans.csv"), "--quiet", "--report"];
    expect((await runCli([...args, first])).code).toBe(0);
    expect((await runCli([...args, second, "--embed", "mistakes"])).code).toBe(0);
    const joined = await runCli(["report", first, second, "-o", both, "--json"]);
    expect(JSON.parse(joined.stdout)).toMatchObject({
      output: both,
      runs: [{ name: "loans.safetensors (a.html)" }, { name: "loans.safetensors (b.html)" }],
    });
    expect(readFileSync(both, "utf8")).toContain("loans.safetensors (b.html)");
    const same = await runCli(["report", first, "-o", first]);
    expect([same.code, same.stderr]).toEqual([2, expect.stringMatching(/^report: --output must be another file/)]);
    const wrong = await runCli(["report", inFolder("loans.csv"), "-o", both]);
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining("a report must have its runs as JSON; got none"),
    ]);
  });
});

describe("export", () => {
  test("wasm takes numbers of the table and gives probabilities", async () => {
    const output = inFolder("loans.wasm");
    const { code, stdout } = await runCli([
      "export",
      loan.file,
      "-o",
      output,
      "--raw",
      "--probabilities",
      "--batch",
      "1,4",
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("job (index of clerk, nurse, smith, -1 for others)");
    const module = (await import(pathToFileURL(inFolder("loans.mjs")).href)) as {
      readonly predict: (x: Float32Array) => Float32Array;
    };
    const rows = loans(4);
    const expected = loan.schema
      .predict(loan.model, rows)
      .map((each) => (each && "label" in each ? each.probabilities["yes"] : NaN));
    const found = module.predict(Float32Array.from(loan.schema.encoding().numbers(rows).data));
    rows.forEach((_, i) => expect(found[2 * i + 1]).toBeCloseTo(expected[i] ?? NaN, 6));
    writeFileSync(inFolder("mine.mjs"), "export const mine = 1;\n");
    const refused = await runCli(["export", loan.file, "-o", inFolder("mine.wasm")]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("or one that lanegrad made")]);
    expect(existsSync(inFolder("mine.wasm"))).toBe(false);
  });

  test("ONNX takes numbers of the table and gives numbers of it, and becomes wasm", async () => {
    const onnx = inFolder("prices.onnx");
    expect((await runCli(["export", price.file, "--raw", "-o", onnx])).code).toBe(0);
    const rows = prices(5);
    const imported = await importOnnx(onnx);
    const found = imported.predict(tensor(rows.map(({ area }) => [area])));
    const expected = price.schema.predict(price.model, rows);
    expected.forEach((each, i) => expect(found.data[i]).toBeCloseTo(each && "value" in each ? each.value : NaN, -1));
    expect(imported.inputs).toEqual([{ name: "input", dtype: "float32", shape: [null, 1] }]);
    const again = await runCli(["export", onnx, "-o", inFolder("again.wasm"), "--host", "node,inline", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      modules: ["again.node.mjs", "again.inline.js"],
      inputs: [{ shape: [1] }],
    });
  });

  test("safetensors hold weights of fewer bits, with what they change", async () => {
    const output = inFolder("small.safetensors");
    const args = ["export", loan.file, "-o", output, "--weights", "int8", "--data", inFolder("loans.csv")];
    const { stdout, code } = await runCli([...args, "--json"]);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { format: "safetensors", loss: { rows: 512, layers: [{}, {}] } },
    ]);
    expect((await io.readSafetensorsHeader(output)).tensors["0.weight"]?.dtype).toBe("I8");
    const predicted = await runCli(["predict", output, inFolder("loans.csv"), "--only"]);
    expect(predicted.stdout.split("\n").length).toBe(602);
    const plain = inFolder("tensors.safetensors");
    expect((await runCli(["export", loan.file, "-o", plain, "--plain", "--weights", "bf16"])).code).toBe(0);
    const { metadata, tensors } = await io.readSafetensorsHeader(plain);
    expect([metadata["lanegrad"], tensors["0.weight"]?.dtype]).toEqual([undefined, "BF16"]);
  });

  test.each([
    [["--to", "onnx", "--weights", "int8"], 2, "export: --weights must be float32 for --to onnx; got int8"],
    [["--to", "safetensors", "--raw"], 2, "export: --raw must be for --to wasm or onnx; got --to safetensors"],
    [["-o", "x.bin"], 2, 'export: --output must end in .wasm, .onnx or .safetensors; got "x.bin"'],
    [["--batch", "0"], 2, "export: --batch <sizes> must be a whole number from 1 to 65536; got 0"],
    [["--host", "node,moon"], 2, "export: --host <names> must be of node, browser"],
  ])("%j is refused", async (args, code, message) => {
    const found = await runCli(["export", loan.file, ...args], { cwd: folder });
    expect([found.code, found.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  test("a model without schema needs the shape of a row", async () => {
    const bare = inFolder("noschema.safetensors");
    await io.save(loan.model, bare);
    const { stderr } = await runCli(["export", bare], { cwd: folder });
    expect(stderr).toContain(`lanegrad export ${bare} --input 8`);
    expect((await runCli(["export", bare, "--input", "8"], { cwd: folder })).code).toBe(0);
  });
});
