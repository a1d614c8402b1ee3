import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Trainer, manualSeed, nn, optim, tensor } from "lanegrad";
import { column, schema } from "lanegrad/data";
import { exportWasm } from "lanegrad/export";
import { save, writeNpy, writeNpz, writeSafetensors } from "lanegrad/io";
import { exportOnnx } from "lanegrad/onnx";
import { recordRun, writeReport } from "lanegrad/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TerminalRun, runCli } from "./run.ts";

let folder = "";
const info = (...args: readonly string[]): ReturnType<typeof runCli> => runCli(["info", ...args], { cwd: folder });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
  const path = (name: string): string => join(folder, name);
  manualSeed(1);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    age: 20 + i,
    city: ["Bern", "Basel"][i % 2],
    bought: i % 3 > 0,
  }));
  const fitted = schema({
    inputs: { age: column.number(), city: column.category() },
    target: { bought: column.category() },
  }).fit(rows);
  const model = nn.sequential(nn.linear(3, 1000), nn.relu(), nn.dropout(0.2), nn.linear(1000, 2));
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  const checkpoint = { directory: path("checkpoints"), everyEpochs: 1, keep: 2 };
  const run = recordRun(trainer, { name: "first", seed: 1 });
  await trainer.fit(fitted.dataset(rows), { epochs: 3, batchSize: 10, checkpoint, callbacks: [run] });
  await writeReport(path("report.html"), run, { title: "People" });
  await save(model, path("people.safetensors"), { schema: fitted });
  await writeSafetensors(path("other.safetensors"), { "encoder.weight": tensor([[1, 2], [3, 4]]) }); // prettier-ignore
  await writeNpy(path("array.npy"), tensor([[1, 2, 3]]));
  await writeNpz(path("arrays.npz"), { first: tensor([1, 2]), second: tensor([[3]]) });
  writeFileSync(path("people.wasm"), exportWasm(model, [1, 3]).wasm);
  writeFileSync(path("people.onnx"), exportOnnx(model, [1, 3]));
  writeFileSync(path("broken.html"), "<p>no report</p>");
  writeFileSync(path("broken.wasm"), "no module");
  writeFileSync(path("broken.safetensors"), "no header, no tensors");
  // A module of another compiler: the magic number and the version.
  writeFileSync(path("other.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("info without a file", () => {
  test("says what this machine offers", async () => {
    const { code, stdout, stderr } = await info();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(process.versions.node);
    expect(stdout).toMatch(/^kernels +(strict|relaxed)/m);
    expect(stdout).toMatch(/^why +\S/m);
    expect(stdout).toMatch(/^cache .*lanegrad/m);
  });

  test("says whether wide mode was tested, and why it is not used", async () => {
    const env = { XDG_CACHE_HOME: folder };
    const machine = async (): Promise<string> => (await runCli(["info"], { env })).stdout;
    expect(await machine()).toMatch(/^wide mode +not tested yet/m);
    const { node, v8 } = process.versions;
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    const answer = {
      machine: `lanegrad ${version}, Node ${node}, V8 ${v8}, ${process.arch}, ${cpus()[0]?.model.trim()}`,
      refused: "a kernel gave other bits",
      time: Date.now(),
    };
    mkdirSync(join(folder, "lanegrad"));
    writeFileSync(join(folder, "lanegrad/wide.json"), JSON.stringify({ answers: [answer] }));
    expect(await machine()).toMatch(/^wide mode +not used: a kernel gave other bits$/m);
  });

  test("has the same as JSON", async () => {
    const [value] = (await info("--json", "--threads", "1")).json();
    expect(value).toMatchObject({ node: process.versions.node, threads: 1, why: expect.any(Array) });
  });
});

describe("info of a model", () => {
  test("lists layers and columns of the schema", async () => {
    const { code, stdout } = await info("people.safetensors");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^people.safetensors: a model of 6,002 parameters, 2\d\.\d kB$/m);
    expect(stdout).toMatch(/^0 +linear 3 -> 1000 +4,000$/m);
    expect(stdout).toMatch(/^2 +dropout 0.2 +0$/m);
    expect(stdout).toMatch(/^city +input +category +Basel, Bern$/m);
    expect(stdout).toMatch(/^bought +target +category +false, true$/m);
  });

  test("has the schema itself as JSON", async () => {
    const [value] = (await info("people.safetensors", "--json")).json();
    expect(value).toMatchObject({ type: "model", parameters: 6002, schema: { version: 1 }, training: null });
  });

  test("fits into a narrow terminal", async () => {
    const narrow = new TerminalRun(["info", "people.safetensors"], { cwd: folder, columns: 40 });
    expect(await narrow.exited).toBe(0);
    const table = narrow.screen.split("\n").slice(2);
    expect(table.filter((line) => line.length > 40)).toEqual([]);
    expect(narrow.screen).toContain("linear 1000 -> 2");
  });

  test.each([["checkpoints"], ["checkpoints/step-000000012.safetensors"]])(
    "in %s says how far its training is",
    async (name) => {
      const { code, stdout } = await info(name);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^epochs +3$/m);
      expect(stdout).toMatch(/^steps +12$/m);
      expect(stdout).toMatch(/^optimizer +adam lr 0.01$/m);
      const [value] = (await info(name, "--json")).json();
      expect(JSON.stringify(value)).toContain('"epochs":3,"steps":12');
    },
  );
});

describe("info of tensors", () => {
  test.each([
    ["other.safetensors", /^encoder\.weight +F32 +2 x 2 +4$/m],
    ["array.npy", /^array +float32 +1 x 3 +3$/m],
    ["arrays.npz", /^second +float32 +1 x 1 +1$/m],
  ])("lists those of %s", async (name, line) => {
    const { code, stdout } = await info(name);
    expect(code).toBe(0);
    expect(stdout).toMatch(line);
  });

  test("lists those of a file of PyTorch by their paths", async () => {
    const { code, stdout } = await runCli(["info", "test/io/fixtures/torch/layers-plain.pt"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/tensors of PyTorch/);
  });
});

describe("info of exported files", () => {
  test("says what a .wasm takes and gives", async () => {
    const { stdout } = await info("people.wasm");
    expect(stdout).toMatch(/^input +input float32 1 x 3$/m);
    expect(stdout).toMatch(/^weights +float32$/m);
  });

  test("lists parameters of an ONNX file", async () => {
    const { stdout } = await info("people.onnx");
    expect(stdout).toMatch(/a model of 6,002 parameters/);
    expect(stdout).toMatch(/^0\.weight +float32 +1000 x 3 +3,000$/m);
  });
});

test("info of a report lists its runs", async () => {
  const { code, stdout } = await info("report.html");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^report\.html: "People", \d+/);
  expect(stdout).toMatch(/^first +6,002 +3 +\d\.\d+ +no$/m);
  const [value] = (await info("report.html", "--json")).json();
  expect(value).toMatchObject({
    type: "report",
    title: "People",
    runs: [{ name: "first", epochs: 3, seed: 1 }],
    data: [],
  });
});

test.each([
  ["broken.html", "; got"],
  ["broken.wasm", "which is no WebAssembly"],
  ["other.wasm", 'which has no section "lanegrad"'],
  ["broken.safetensors", "broken.safetensors"],
  ["people.safetensor", 'did you mean "people.safetensors"?'],
])("info of %s says what is wrong, in one line", async (name, message) => {
  const { code, stdout, stderr } = await info(name);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
});
