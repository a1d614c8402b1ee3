import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutAliases } from "../../scripts/declarations.ts";
import { editor } from "./editor.ts";
import { type Installed, install } from "./installed.ts";

const PROGRAM = `
import { type Backend, type Operand, type Tensor, backend, configure, data, metrics, nn, ops, optim, tensor, Trainer } from "lanegrad";

class Doubled extends nn.Module {
  readonly body = nn.linear(4, 4);
  readonly gain = new nn.Parameter([1]);
  override forward(x: Operand): Operand {
    return ops.multiply(this.gain, ops.add(x, ops.relu(this.body.call(x))));
  }
}
configure({ reproducible: true });
const model = nn.sequential(new Doubled(), nn.dropout(0.5), nn.linear(4, 2));
const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.1 }) });
const set: data.Dataset = data.fromArrays([[1, 2, 3, 4]], Int32Array.of(1));
const loss: number = trainer.step(set.x, set.y);
const prediction: Tensor<"float32"> = model.predict(tensor([[1, 2, 3, 4]]));
const { accuracy }: metrics.ConfusionMatrix = metrics.confusionMatrix(prediction, set.y);
const { why }: Backend = backend();
export const all: readonly unknown[] = [loss, accuracy, why, String(trainer.stepProgram(set.x, set.y))];
`;

const FILES = `
import { type FileLike, type SafetensorsSummary, readSafetensors, readSafetensorsHeader, toSafetensors, writeSafetensors } from "lanegrad/io";
import { FormatError, type Tensor, nn, tensor } from "lanegrad";

const model = nn.linear(2, 1);
const bytes: Uint8Array = toSafetensors(model.stateDict(), { metadata: { format: "pt" }, dtype: "F16" });
const file: FileLike = bytes;
readSafetensors(file, { only: ["weight"] }).then((read: Record<string, Tensor>) => model.loadStateDict(read));
readSafetensorsHeader("model.safetensors").then(({ tensors }: SafetensorsSummary) => tensors["weight"]?.shape);
const written: Promise<void> = writeSafetensors("model.safetensors", { x: tensor([1]) });
// @ts-expect-error a number is no file
readSafetensors(1);
export const all: readonly unknown[] = [written, FormatError];
`;

const TABLES = `
import { type Row, column, readCsv, schema } from "lanegrad/data";
import { type CrossValidation, crossValidate, diagnose } from "lanegrad/study";
import { type Recording, type RunRecord, recordRun } from "lanegrad/report";
import { Trainer, type data, nn, optim } from "lanegrad";

const rows: Promise<readonly Row[]> = readCsv("table.csv");
const fitted = schema({ inputs: { age: column.number() }, target: { kind: column.category() } }).fit([{ age: 1, kind: "a" }]);
const set: data.Dataset = fitted.dataset([{ age: 2, kind: "a" }]);
const make = (): Trainer => new Trainer(nn.linear(1, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
const result: Promise<CrossValidation> = crossValidate(make, set, { folds: 2 });
const run: Recording = recordRun(make(), { schema: fitted, settings: { rows: 1 } });
make().fit(set, { callbacks: [run] }).then(async () => {
  const { notes } = await run.evaluate(set, { rows: [{ age: 2, kind: "a" }], layers: true });
  const { weights }: RunRecord = run.toJSON();
  return [notes, weights];
});
// @ts-expect-error a number is no trainer
diagnose(1, {});
// @ts-expect-error what is internal is not seen
run.onLastStep;
export const all: readonly unknown[] = [rows, result];
`;

/** What users have no use for, by what it would be called on. */
const INTERNAL = {
  trainer: ["stepOn", "updates", "epochEnded", "dropGradients", "evaluator"],
  "trainer.stepProgram(set.x, set.y)": ["plan", "execute", "inputs", "outputs", "release"],
  "trainer.options.optimizer": ["attach", "detach", "prepare", "taken", "update", "flopsPerParameter", "hyper", "call"],
  "trainer.options.optimizer.groups[0]": ["hyper", "claim"],
  "new nn.Parameter([1])": ["address", "storage", "rule", "inputs", "id", "amend", "initialize", "label"],
  model: ["programs", "trace", "paths", "sizes", "variant", "inMode", "namedState"],
  "nn.dropout()": ["counter", "sharing"],
  "nn.gru(1, 1)": ["between", "inputDropout", "recurrentDropout", "outputDropout", "zoneoutHidden", "zoneoutCell"],
  nn: ["Pool"],
  ops: ["sumTo", "sumRows", "sumColumns", "batchNorm", "channelMoments", "channelNorm"],
  '({} as import("lanegrad").ops.ReducedOptions)': ["where"],
};

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

/** What the compiler says to a program of a user without the DOM and without Node's types. */
function complaints(file: string, text: string, compilerOptions: object): string {
  installed.write(file, text);
  const options = { target: "es2022", lib: ["ES2023"], types: [], strict: true, skipLibCheck: false, noEmit: true };
  const project = { compilerOptions: { ...options, ...compilerOptions }, files: [file] };
  const path = installed.write("tsconfig.json", JSON.stringify(project));
  return spawnSync(`npx tsc -p "${path}"`, { shell: true, encoding: "utf8" }).stdout;
}

describe("the types", () => {
  test.each([
    ["program.mts", { module: "nodenext" }],
    ["program.cts", { module: "node16" }],
    ["program.ts", { module: "preserve", moduleResolution: "bundler" }],
  ])("compile in %s with %o, without the DOM and without Node's types", (file, options) => {
    expect(complaints(file, PROGRAM, options)).toBe("");
    expect(complaints(file, FILES, options)).toBe("");
    expect(complaints(file, TABLES, options)).toBe("");
  });

  test("of files accept what hosts call files", () => {
    const uses = `import { readSafetensors } from "lanegrad/io";
      readSafetensors(new Blob([]));
      readSafetensors(new File([], "x"));
      readSafetensors(new URL("file:///x"));
      readSafetensors(new ArrayBuffer(0));
      // @ts-expect-error a date is no file
      readSafetensors(new Date());`;
    expect(complaints("hosts.mts", uses, { module: "nodenext", lib: ["ES2023", "DOM"] })).toBe("");
    expect(
      complaints("hosts.mts", uses, {
        module: "nodenext",
        types: ["node"],
        typeRoots: [resolve("node_modules/@types")],
      }),
    ).toBe("");
  });

  test("do not show what is internal", () => {
    const uses = Object.entries(INTERNAL).flatMap(([owner, names]) => names.map((name) => `(${owner}).${name};`));
    const found = complaints("internal.mts", `${PROGRAM}\n${uses.join("\n")}`, { module: "nodenext" });
    const missing = [...found.matchAll(/Property '(\w+)' (?:does not exist|is protected)/g)].map(([, name]) => name);
    expect(missing).toEqual(Object.values(INTERNAL).flat());
  });

  test("let layers, losses and optimizers of users be declared and exported by their names", () => {
    const exported = `import { nn, optim } from "lanegrad";
      export const model = nn.sequential(nn.linear(2, 3), nn.gru(3, 4), nn.maxPool1d(2));
      export const optimizer = optim.adam();
      // @ts-expect-error an unknown option
      nn.gru(1, 2, { layers: 2 });
      // @ts-expect-error an option that GRU lacks
      nn.gru(1, 2, { zoneout: { cell: 0.5 } });`;
    expect(complaints("exported.mts", exported, { module: "nodenext", declaration: true })).toBe("");
  });
});

describe("an editor", () => {
  const NAMESPACES = ["nn", "nn.init", "ops", "optim", "data", "metrics"];
  const IMPORTS = `import { nn, ops, optim, data, metrics } from "lanegrad";\n`;

  test.each(NAMESPACES)("says of %s, and of every function and class in it, what it is", (namespace) => {
    const shown = editor(installed, `${IMPORTS}${namespace}|.|;`);
    expect(shown.hover(0)).toMatch(new RegExp(`namespace ${namespace}\\n[^]*\\n[A-Z]`));
    const undocumented = shown.completions(1).filter(({ documentation }) => documentation === "");
    expect(undocumented.map(({ name }) => name)).toEqual([]);
  });

  test("says of every function of lanegrad/io what it is, and of its options", () => {
    const shown = editor(
      installed,
      `import * as io from "lanegrad/io";\nio.|;io.readSafetensors|;io.toSafetensors({}, { | });`,
    );
    const completions = shown.completions(0).filter(({ name }) => name !== "default");
    expect(completions.map(({ name }) => name)).toContain("readSafetensors");
    expect(completions.filter(({ documentation }) => documentation === "")).toEqual([]);
    expect(shown.hover(1)).toMatch(/file: io\.FileLike[^]*Record<string, Tensor[^]*\n[A-Z]/);
    expect(shown.completions(2).map(({ name }) => name)).toEqual(["dtype", "metadata"]);
  });

  test("names what namespaces hold as programs do", () => {
    const shown = editor(installed, `${IMPORTS}const model| = nn.sequential(nn.linear(1, 2), nn.gru(2, 3));nn.gru|;`);
    expect(shown.hover(0)).toContain("model: nn.Sequential<readonly [nn.Linear<1, 2>, nn.GRU<2, 3>]>");
    expect(shown.hover(1)).toContain("nn.gru<");
  });

  test.each([
    ["gru", []],
    ["lstm", []],
    ["rnn", ["nonlinearity"]],
  ])("offers the options of nn.%s", (layer, own) => {
    const shown = editor(installed, `${IMPORTS}nn.${layer}(1, 2, { | });`);
    const names = ["batchFirst", "bias", "bidirectional", "dropout", "numLayers", "variational", "zoneout", ...own];
    expect(shown.completions(0).map(({ name }) => name)).toEqual(names.toSorted());
  });

  test("is given nothing where rollup writes namespaces in another way", () => {
    expect(() => withoutAliases("export declare function f(): void;")).toThrow("there must be namespaces");
    const unexported = "declare namespace a_d {\n  export { f as g };\n}\n";
    expect(() => withoutAliases(unexported)).toThrow("every namespace must be exported; got a_d");
    const strange = `${unexported}type index_d$1_left<T> =\n  T;\nexport { a_d as a };`;
    expect(() => withoutAliases(strange)).toThrow("every alias must have been replaced; got index_d$1_left");
  });
});
