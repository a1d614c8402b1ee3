import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

// How the library starts where a process may not do all that it does elsewhere.

const version = Number(process.versions.node.split(".")[0]);
const TRAINING = `
  const { backend, configure, nn, optim, tensor, Trainer } = require("./build/cjs/index.js");
  configure({ threads: 3 });
  const trainer = new Trainer(nn.linear(300, 300), { loss: nn.mseLoss(), optimizer: optim.sgd() });
  const x = tensor(new Float32Array(64 * 300), [64, 300]);
  let steps = 0;
  // Long enough for workers to be wanted.
  for (const end = performance.now() + 300; performance.now() < end || steps < 20; steps++) trainer.step(x, x);
  const { threads, why } = backend();
  console.log(JSON.stringify({ threads, why: why.at(-1), trained: steps >= 20 }));`;

function run(flags: readonly string[], program = TRAINING): { readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [...flags, "-e", program], { encoding: "utf8" });
}

test("without the permission to start workers there is one thread, and a reason", () => {
  const permission = version >= 24 ? "--permission" : "--experimental-permission";
  const { stdout, stderr } = run([permission, "--allow-fs-read=*"]);
  expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual({
    threads: 1,
    why: expect.stringContaining(
      "1 thread: no worker can be started: Access to this API has been restricted",
    ) as string,
    trained: true,
  });
});

test("frozen intrinsics are no hindrance", () => {
  expect(run(["--frozen-intrinsics"]).stdout).toContain('"trained":true');
});

test("without WebAssembly one sentence says so", () => {
  expect(run(["--jitless"]).stderr).toContain(
    `Error: lanegrad: WebAssembly must be there; got none from Node ${process.versions.node} (--jitless takes it away)`,
  );
});

test("an environment that may not be read, as in Deno without --allow-env, counts as empty", () => {
  const forbidden = `
    process.env = new Proxy({}, { get(_, name) {
      if (String(name).startsWith("LANEGRAD")) throw new Error("Requires env access");
    } });`;
  expect(run([], forbidden + TRAINING).stdout).toContain('"trained":true');
});

describe("of the scripts of the package", () => {
  const names = "{ Trainer, data, metrics, nn, optim, tensor }";
  const loads = [
    ["module", `import ${names} from "./build/esm/index.js"; import { createRequire } from "node:module";`],
    ["commonjs", `const ${names} = require("./build/cjs/index.js"), { createRequire } = require("node:module");`],
  ] as const;
  const report = `
    const paths = Object.keys(createRequire("/any").cache).filter((path) => path.includes("/build/cjs/"));
    console.log(paths.map((path) => path.split("/").at(-1)).filter((file) => !/^(index|node)/.test(file)).join());`;
  test.each([
    [
      "predictions need two",
      "nn.sequential(nn.linear(4, 2), nn.relu()).predict(tensor([[1, 2, 3, 4]]));",
      "core.js,kernels.js",
    ],
    ["names of namespaces need one", 'console.assert("split" in data, Trainer, Object.keys(metrics));', "core.js"],
    ["an optimizer needs the one of training", "optim.adam();", "core.js,training.js"],
  ])("%s", (_, program, scripts) => {
    for (const [type, load] of loads) {
      expect(run([`--input-type=${type}`], load + program + report).stdout.trim()).toBe(scripts);
    }
  });
});
