/** lanegrad predict, as the built program, through files and pipes. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parse } from "csv-parse/sync";
import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { Tensor, nn, tensor } from "lanegrad";
import { column, schema } from "lanegrad/data";
import * as io from "lanegrad/io";
import { csvOf, loans, prices, records, writtenModels } from "./models.ts";
import { type Ran, runCli } from "./run.ts";

const { folder, inFolder, loan, price } = await writtenModels();

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

  test("a table must have all columns of the model, also those that may be missing in a row", async () => {
    const inputs = { area: column.number({ missing: "mean" }) };
    const fitted = schema({ inputs, target: { price: column.number() } }).fit(prices(20));
    const file = inFolder("optional.safetensors");
    await io.save(nn.linear(1, 1), file, { schema: fitted });
    const lacking = await runCli(["predict", file], { input: "Aera,rooms\n40,2\n" });
    expect([lacking.code, lacking.stdout, lacking.stderr]).toEqual([
      1,
      "",
      'predict: the data must have the column "area", which the model reads; got none\ndid you mean "Aera"?\n',
    ]);
    const measured = await runCli(["evaluate", file, "-"], { input: "Aera,price\n40,2\n" });
    expect(measured.stderr).toMatch(
      /^evaluate: the data must have the column "area", which the model reads; got none\n/,
    );
    const lines = await runCli(["predict", file, "--format", "jsonl"], { input: '{ "rooms": 2 }\n' });
    expect([lines.code, lines.json().length]).toEqual([0, 1]);
  });

  test("a misspelt column, an unknown model and a taken name are named", async () => {
    const misspelt = await runCli(["predict", loan.file], { input: "id,Incme,job,grade\n1,2,nurse,1\n" });
    expect(misspelt.stderr).toBe(
      'predict: the data must have the column "income", which the model reads; got none\ndid you mean "Incme"?\n',
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
