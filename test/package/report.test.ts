import { execFileSync } from "node:child_process";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, install } from "./installed.ts";

/** Records a training, evaluates it, and prints what both gave. */
const PROGRAM = `
const model = nn.sequential(nn.linear(2, 8), nn.relu(), nn.dropout(0.1), nn.linear(8, 1));
const trainer = new Trainer(model, { loss: nn.bceWithLogitsLoss(), optimizer: optim.adam({ lr: 0.1 }) });
const xor = data.fromArrays([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]);
const run = recordRun(trainer, { name: "xor", settings: { lr: 0.1 } });
const task = async () => {
  await trainer.fit(xor, { epochs: 3, progress: false, callbacks: [run] });
  const { classes, layers } = await run.evaluate(xor, { layers: true });
  const { weights, epochs, data: sets, machine } = run.toJSON();
  const isOwn = weights === stateHash(model.stateDict()) && run instanceof Recording;
  console.log(isOwn, epochs.length, sets[0].sha256, classes.names.join(), layers.length, typeof machine.host, recordRun.name);
};
task();`;
const NAMES = ["{ Trainer, data, nn, optim }", "{ Recording, recordRun, stateHash }"];
const IMPORTS = `import ${NAMES[0]} from "lanegrad"; import ${NAMES[1]} from "lanegrad/report";`;
/** SHA-256 of the tensors, by hashlib of Python. */
const HASH = "043ec57589262574e3a4990e039cd9a2ab2726de3bda1ed83bd2d68a3f9db77e";
const PRINTED = `true 3 ${HASH} 0,1 3 string recordRun\n`;

let installed: Installed;
const node = (file: string, text: string): string => {
  installed.write(file, text);
  return execFileSync(process.execPath, [file], { cwd: installed.folder, encoding: "utf8" });
};

beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describe("the entry lanegrad/report, installed from the tarball", () => {
  test.each([
    ["an ES module", "program.mjs", IMPORTS],
    [
      "an ES module that is imported first",
      "first.mjs",
      `import ${NAMES[1]} from "lanegrad/report"; import ${NAMES[0]} from "lanegrad";`,
    ],
    [
      "an ES module beside lanegrad/study",
      "study.mjs",
      `${IMPORTS} import { topLosses } from "lanegrad/study"; if (!topLosses) throw new Error("none");`,
    ],
    ["CommonJS", "program.cjs", `const ${NAMES[0]} = require("lanegrad"), ${NAMES[1]} = require("lanegrad/report");`],
  ])("records a training, as %s", (_, file, imports) => {
    expect(node(file, imports + PROGRAM)).toBe(PRINTED);
  });

  test.each([
    { platform: "node", format: "esm" },
    { platform: "node", format: "cjs" },
    { platform: "browser", format: "esm" },
    { platform: "browser", format: "iife" },
    { platform: "neutral", format: "esm" },
  ] satisfies BuildOptions[])("does so from one bundled file, for $platform as $format", async (options) => {
    const stdin = { contents: IMPORTS + PROGRAM, resolveDir: installed.folder };
    const { outputFiles } = await build({ ...options, stdin, bundle: true, minify: true, write: false });
    expect(node(options.format === "esm" ? "bundle.mjs" : "bundle.cjs", outputFiles[0]?.text ?? "")).toBe(PRINTED);
  });

  test("costs programs nothing that do not import it", async () => {
    const stdin = {
      contents: `import { nn } from "lanegrad"; console.log(nn.linear(1, 1));`,
      resolveDir: installed.folder,
    };
    const { metafile } = await build({
      stdin,
      bundle: true,
      platform: "browser",
      format: "esm",
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs).filter((name) => /report|study/.test(name))).toEqual([]);
  });
});
