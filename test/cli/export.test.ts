/** lanegrad export, as the built program. */
import { existsSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { nn, tensor } from "lanegrad";
import { column, schema } from "lanegrad/data";
import * as io from "lanegrad/io";
import { importOnnx } from "lanegrad/onnx";
import { loans, prices, writtenModels } from "./models.ts";
import { runCli } from "./run.ts";

const { folder, inFolder, loan, price } = await writtenModels();

describe("export", () => {
  test("of an image model says what pixels are, and --raw is refused", async () => {
    const images = [0, 1].map((label) => ({ picture: tensor([[[0, 1]]]), label }));
    const inputs = { picture: column.image({ scale: "symmetric" }) };
    const fitted = schema({ inputs, target: { label: column.category() } }).fit(images);
    const file = inFolder("pictures.safetensors");
    await io.save(nn.sequential(nn.flatten(), nn.linear(2, 2)), file, { schema: fitted });
    const { stdout } = await runCli(["export", file, "-o", inFolder("pictures.wasm")]);
    expect(stdout).toContain("Each picture: 1 x 1 x 2: channels, height, width; pixels from -1 to 1\n");
    const raw = await runCli(["export", file, "-o", inFolder("pictures.wasm"), "--raw"]);
    expect(raw.stderr).toMatch(/^export: --raw must be for a model of a table; got one without columns of features\n/);
  });

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
