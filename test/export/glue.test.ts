import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Description, type Exported, type Host, exportWasm, writeWasm } from "../../src/export/index.ts";
import { glue, types } from "../../src/export/glue.ts";
import { type Operand, configure, nn, ops, tensor } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

const directory = mkdtempSync(join(tmpdir(), "lanegrad-glue-"));
beforeAll(() => configure({ reproducible: true }));
afterAll(() => {
  configure({ reproducible: false });
  rmSync(directory, { recursive: true, force: true });
});

/** What a module exports. */
interface Glue {
  readonly shapes: unknown;
  readonly predict: (input: unknown) => unknown;
}

const model = nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 2));
const x = randomTensor([1, 3], 1);
const rows = randomTensor([5, 3], 2);
const one = exportWasm(model, [1, 3]);
const several = exportWasm(model, [1, 3], { batchSizes: [5] });
const single = exportWasm(nn.linear(1, 2), [1, 1]);

class Pair extends nn.Module {
  override readonly inputNames = ["ids", "amounts"];
  readonly embedding = nn.embedding(10, 3);

  override forward(ids: Operand, amounts: Operand): Record<string, Operand> {
    const sum = ops.add(this.embedding.call(ids), amounts);
    return { sum, negative: ops.negate(sum) };
  }
}

const pair = new Pair();
const ids = tensor(Int32Array.of(9, 0));
const amounts = randomTensor([2, 3], 3);
const named = exportWasm(pair, { ids, amounts }, { batchSizes: [3] });

const spoken = exportWasm(nn.embedding(5, 2), { shape: [1, 2], dtype: "int32" }, { batchSizes: [2] });

/** The last column is the index of a vector. */
class Mixed extends nn.Module {
  readonly embedding = nn.embedding(3, 2);

  override forward(x: Operand): Operand {
    const index = ops.cast(ops.slice(x, 1, 2, 3), "int32");
    return ops.add(ops.reshape(this.embedding.call(index), [-1, 2]), ops.slice(x, 1, 0, 2));
  }
}

const tables = new Mixed();
const mixed = exportWasm(tables, [1, 3], { batchSizes: [2] });

let modules = 0;

/** Writes a file with a module for a host to a directory of its own, and imports the module. */
async function imported(exported: Exported, host: Host = "node"): Promise<Glue> {
  const folder = join(directory, String(modules++));
  mkdirSync(folder);
  await writeWasm(join(folder, "model.wasm"), exported, { hosts: [host] });
  return import(
    /* @vite-ignore */ pathToFileURL(join(folder, host === "node" ? "model.mjs" : "model.js")).href
  ) as Promise<Glue>;
}

describe("a module", () => {
  test("predicts as the model does, and keeps results of other calls", async () => {
    const { predict, shapes } = await imported(one);
    expect(shapes).toEqual({ input: [1, 3], output: [1, 2] });
    const first = predict(x.data);
    predict(rows.data.subarray(3, 6));
    expect(first).toEqual(model.predict(x).data);
  });

  test("takes the batch sizes of the file, in any order", async () => {
    const { predict } = await imported(several);
    for (const given of [x, rows, x]) expect(predict(given.data)).toEqual(model.predict(given).data);
  });

  test("takes and returns several arrays by name", async () => {
    const { predict, shapes } = await imported(named);
    expect(shapes).toEqual({
      input: { ids: [2], amounts: [2, 3] },
      output: { sum: [2, 3], negative: [2, 3] },
    });
    for (const given of [
      { ids, amounts },
      { ids: tensor(Int32Array.of(1, 2, 3)), amounts: randomTensor([3, 3], 4) },
    ]) {
      const { sum, negative } = pair.predict(given);
      const found = predict({ ids: given.ids.data, amounts: given.amounts.data });
      expect(found).toEqual({ sum: sum?.data, negative: negative?.data });
    }
  });

  test("lets indices pass that are in their range", async () => {
    const { predict } = await imported(mixed);
    const given = Float32Array.of(7, 1e9, 2.9, -7, NaN, -0.9); // both are rounded toward 0
    expect(predict(given)).toEqual(tables.predict(tensor(given, [2, 3])).data);
    expect(mixed.description.inputs[0]?.ranges).toEqual([{ low: 0, high: 2, columns: [2], of: 3 }]);
  });

  test("inline has no file beside it", async () => {
    const folder = join(directory, "inline");
    mkdirSync(folder);
    writeFileSync(join(folder, "alone.mjs"), several.module("inline"));
    const { predict } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "alone.mjs")).href)) as Glue;
    expect(predict(rows.data)).toEqual(model.predict(rows).data);
  });

  test("contains large files whole", () => {
    const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => (i * i) % 251);
    const text = glue("inline", one.description, { file: "model.wasm", bytes });
    const [, base64 = ""] = /atob\("([^"]*)"\)/.exec(text) ?? [];
    expect(Buffer.from(base64, "base64").equals(bytes)).toBe(true);
  });
});

describe("refuses", () => {
  test.each<readonly [name: string, exported: Exported, given: unknown, message: string]>([
    ["few numbers", one, new Float32Array(2), "predict: the input must have 3 numbers; got 2"],
    ["a number too many", single, new Float32Array(2), "predict: the input must have 1 number; got 2"],
    ["lengths of no run", several, new Float32Array(6), "predict: the input must have 3 or 15 numbers; got 6"],
    ["other arrays", one, [1, 2, 3], "predict: the input must be of type Float32Array; got Array"],
    [
      "floats of 8 bytes",
      one,
      new Float64Array(3),
      "predict: the input must be of type Float32Array; got Float64Array",
    ],
    ["nothing", one, undefined, "predict: the input must be of type Float32Array; got Undefined"],
    ["nothing for names", named, null, "predict: ids must be of type Int32Array; got Undefined"],
    ["a missing name", named, { ids: ids.data }, "predict: amounts must be of type Float32Array; got Undefined"],
    [
      "inputs of different rows",
      named,
      { ids: ids.data, amounts: new Float32Array(9) },
      "predict: amounts must have 6 numbers; got 9",
    ],
    [
      "an index out of its range",
      named,
      { ids: Int32Array.of(3, 10), amounts: amounts.data },
      "predict: ids must be from 0 to 9; got 10 at index 1",
    ],
    [
      "an index below 0 of another run",
      spoken,
      Int32Array.of(0, 1, 2, -1),
      "predict: the input must be from 0 to 4; got -1 at index 3",
    ],
    [
      "an index in a column of floats",
      mixed,
      Float32Array.of(7, 8, 2, 7, 9, 3),
      "predict: the input must be from 0 to 2; got 3 at index 5",
    ],
    [
      "an index that is NaN",
      mixed,
      Float32Array.of(NaN, 8, NaN),
      "predict: the input must be from 0 to 2; got NaN at index 2",
    ],
  ])("%s", async (_, exported, given, message) => {
    const { predict } = await imported(exported);
    expect(() => predict(given)).toThrow(message);
  });
});

describe("loads", () => {
  const folder = join(directory, "loads");
  const program = (file: string): string =>
    `import { predict } from "./${file}"; console.log(predict(new Float32Array(3)).join());`;
  const expected = `${model.predict(tensor([[0, 0, 0]])).data.join()}\n`;

  beforeAll(async () => {
    mkdirSync(join(folder, "bundled"), { recursive: true });
    await writeWasm(join(folder, "model.wasm"), one, { hosts: ["node", "workerd", "inline"] });
    copyFileSync(join(folder, "model.wasm"), join(folder, "bundled", "model.wasm"));
  });

  const inNode = (...args: readonly string[]): string =>
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], { encoding: "utf8" });

  test("by require, with the module for Node", () => {
    const path = join(folder, "model.node.mjs");
    const text = `const { predict } = require(${JSON.stringify(path)}); console.log(predict(new Float32Array(3)).join())`;
    writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }'); // as npm init writes it
    expect(inNode("-e", text)).toBe(expected);
  });

  test.each([
    ["the module for Node, where the file is beside the bundle", "model.node.mjs", "esm"],
    ["the inline module, also as CommonJS", "model.inline.js", "cjs"],
  ] as const)("bundled by esbuild: %s", async (_, file, format) => {
    const outfile = join(folder, "bundled", format === "esm" ? "app.mjs" : "app.cjs");
    const stdin = { contents: program(file), resolveDir: folder };
    await build({ stdin, outfile, bundle: true, format, platform: "node", logLevel: "error" });
    expect(inNode(outfile)).toBe(expected);
  });

  test("what the host compiled, in a realm that compiles no bytes", async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export { predict } from "./model.workerd.js";`, resolveDir: folder },
      bundle: true,
      format: "iife",
      globalName: "model",
      write: false,
      plugins: [
        {
          name: "wasm",
          setup(bundle): void {
            bundle.onLoad({ filter: /\.wasm$/ }, () => ({ contents: "export default compiled;" }));
          },
        },
      ],
    });
    const compiled = new WebAssembly.Module(one.wasm);
    const context = createContext({ compiled }, { codeGeneration: { strings: false, wasm: false } });
    runInContext(outputFiles[0]?.text ?? "", context);
    expect(Array.from(runInContext("model.predict(new Float32Array(3))", context) as Float32Array).join()).toBe(
      expected.trim(),
    );
    expect(
      () => runInContext("new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))", context) as unknown,
    ).toThrow(/disallowed by embedder/);
  });
});

describe("the module for browsers", () => {
  const served =
    (type: string, status = 200): typeof fetch =>
    () =>
      Promise.resolve(
        Object.defineProperty(new Response(one.wasm, { status, headers: { "Content-Type": type } }), "url", {
          value: "http://localhost/model.wasm",
        }),
      );

  test.each(["application/wasm", "application/octet-stream"])("takes files that are served as %s", async (type) => {
    vi.stubGlobal("fetch", served(type));
    const { predict } = await imported(one, "browser");
    expect(predict(x.data)).toEqual(model.predict(x).data);
  });

  test("says which file is missing", async () => {
    vi.stubGlobal("fetch", served("text/html", 404));
    await expect(imported(one, "browser")).rejects.toThrow(
      "http://localhost/model.wasm must be a file; got status 404",
    );
  });

  afterEach(() => vi.unstubAllGlobals());
});

/** What a file cannot have yet, or must not break: state, and names of every kind. */
const ODD: Description = {
  ...named.description,
  inputs: [
    { name: "a */ b", dtype: "float32", shape: [1, 2], address: 0 },
    { name: "__proto__", dtype: "int32", shape: [1], address: 64 },
  ],
  outputs: [
    { name: "0", dtype: "float32", shape: [1, 2], address: 128 },
    { name: 'say "no"\n', dtype: "int32", shape: [1], address: 192 },
  ],
  runs: [{ name: "run", batch: 1 }],
  keepsState: true,
};

describe("types", () => {
  const folder = join(directory, "types");
  mkdirSync(folder);
  const OPTIONS: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    checkJs: true,
    allowJs: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
  };
  /** The messages of the compiler for files of the folder. */
  const problems = (...names: readonly string[]): readonly string[] =>
    ts
      .getPreEmitDiagnostics(
        ts.createProgram(
          names.map((name) => join(folder, name)),
          OPTIONS,
        ),
      )
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const declared = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  // Modules of others, which a host or a bundler knows.
  declared(
    "modules.d.ts",
    'declare module "node:fs" { export function readFileSync(path: URL | string): Uint8Array<ArrayBuffer>; }\n',
  );

  test("say what is taken and returned", () => {
    declared("one.d.ts", one.types);
    declared("named.d.ts", named.types);
    declared("odd.d.ts", types(ODD));
    declared(
      "use.ts",
      `import { predict, shapes } from "./one.js";
import * as named from "./named.js";
import * as odd from "./odd.js";
const scores: Float32Array = predict(new Float32Array(3));
const two: 2 = shapes.output[1];
// @ts-expect-error: numbers are no array
predict(scores, 3), predict(3);
// @ts-expect-error: the model has no state
import { reset } from "./one.js";
const { sum }: { sum: Float32Array; negative: Float32Array } = named.predict({
  ids: new Int32Array(2),
  amounts: new Float32Array(6),
});
// @ts-expect-error: amounts are missing
named.predict({ ids: new Int32Array(2) });
const sure: Int32Array = odd.predict({ "a */ b": new Float32Array(2), "__proto__": new Int32Array(1) })['say "no"\\n'];
odd.reset();
export { reset, sum, sure, two };
`,
    );
    expect(problems("use.ts")).toEqual([]);
  });

  test("hold in the text of modules", () => {
    const file = { file: "model.wasm", bytes: one.wasm };
    const all = [one.description, several.description, named.description, ODD];
    const names = (["node", "browser", "inline"] as const).flatMap((host) =>
      all.map((description, i) => {
        declared(`${host}-${i}.js`, glue(host, description, file));
        return `${host}-${i}.js`;
      }),
    );
    declared("wrong.js", "/** @type {string} */\nexport const wrong = 3;\n");
    expect(problems("modules.d.ts", ...names, "wrong.js")).toEqual([
      "Type 'number' is not assignable to type 'string'.",
    ]);
  });
});

/** A file by hand: input at 0, output at 4; `run` adds the input to the output, `reset` sets that to 0. */
const SUMMING = Buffer.from(
  "AGFzbQEAAAABBAFgAAADAwIAAAUDAQABBgsCfwBBAAt/AEEECwcpBQZtZW1vcnkCAAVpbnB1dAMABm91dHB1dAMBA3J1bgAABXJlc2V0" +
    "AAEKIQISAEEEQQQqAgBBACoCAJI4AgALDABBBEMAAAAAOAIACw==",
  "base64",
);

test("state is set back by reset", async () => {
  const folder = join(directory, "state");
  mkdirSync(folder);
  const description: Description = {
    ...one.description,
    inputs: [{ name: "input", dtype: "float32", shape: [1], address: 0 }],
    outputs: [{ name: "output", dtype: "float32", shape: [1], address: 4 }],
    keepsState: true,
  };
  writeFileSync(join(folder, "sum.mjs"), glue("inline", description, { file: "sum.wasm", bytes: SUMMING }));
  const { predict, reset } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "sum.mjs")).href)) as Glue & {
    readonly reset: () => void;
  };
  const add = (): unknown => predict(Float32Array.of(3));
  expect([add(), add()]).toEqual([Float32Array.of(3), Float32Array.of(6)]);
  reset();
  expect(add()).toEqual(Float32Array.of(3));
});
