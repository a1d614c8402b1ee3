import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

// Flags of V8 hold for a whole process, so each case is one of its own, of the Node that runs the tests.

const TRAINING = `
  const { backend, manualSeed, nn, optim, tensor, Trainer } = require("./build/cjs/index.js");
  manualSeed(3);
  const model = nn.sequential(
    nn.linear(60, 130), nn.gelu(), nn.dropout(0.3), nn.linear(130, 90), nn.tanh(),
    nn.unflatten(1, [2, 5, 9]), nn.conv2d(2, 20, 3, { padding: 1 }), nn.batchNorm2d(20), nn.relu(), nn.conv2d(20, 12, 3), nn.flatten(1),
    nn.dropout(0.5, { block: 12, group: 8 }), nn.linear(252, 64), nn.relu(), nn.dropout(0.5, { block: 16, group: 8 }), nn.linear(64, 20),
    nn.unflatten(1, [4, 5]), nn.lstm(5, 6, { batchFirst: true }), nn.flatten(1), nn.layerNorm([24]), nn.linear(24, 7),
  );
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
  const x = tensor(Float32Array.from({ length: 50 * 60 }, (_, i) => Math.sin(i)), [50, 60]);
  const y = tensor(Int32Array.from({ length: 50 }, (_, i) => i % 7));
  // Long enough for V8 to optimize, and so to pair, every kernel on the way.
  const losses = Array.from({ length: 400 }, () => trainer.step(x, y));
  console.log(JSON.stringify({ losses, ...backend() }));`;

interface Outcome {
  readonly losses: readonly number[];
  readonly kernels: string;
  readonly wide: boolean;
  readonly why: readonly string[];
}

const outcomes = new Map<string, Outcome>();

/** What the training gives, computed once for the same environment and flags. */
function run(environment: Readonly<Record<string, string>>, flags: readonly string[] = []): Outcome {
  const clean = { LANEGRAD_WIDE: "0", LANEGRAD_REPRODUCIBLE: "0", LANEGRAD_THREADS: "1", NODE_NO_WARNINGS: "1" };
  const settings = { ...clean, ...environment };
  const key = JSON.stringify([settings, flags]);
  const env = { ...process.env, ...settings };
  const train = (): Outcome =>
    JSON.parse(execFileSync(process.execPath, [...flags, "-e", TRAINING], { encoding: "utf8", env })) as Outcome;
  const outcome = outcomes.get(key) ?? train();
  outcomes.set(key, outcome);
  return outcome;
}

const version = Number(process.versions.node.split(".")[0]);
const pairs = version >= 24 && process.arch === "x64";

describe("wide mode", () => {
  test("says in one line whether it is on, and why", () => {
    const { wide, why } = run({ LANEGRAD_WIDE: "1" });
    const reasons = pairs
      ? /self-test passed|which is no gain/
      : /not wide: (pairing was tested with Node 24 to 26, this is Node \d|V8 pairs operations on x64 only)/;
    expect(why.join()).toMatch(reasons);
    expect(wide).toBe(why.join().includes("self-test passed"));
    expect(run({}).why.join()).not.toContain("wide");
  });

  test("kernels are relaxed from Node 22 on, wide or not, and on Node 20 not with V8's flag either", () => {
    const expected = version >= 22 ? "relaxed" : "strict";
    expect(run({ LANEGRAD_WIDE: "1" }).kernels).toBe(expected);
    expect(run({}).kernels).toBe(expected);
    const flags = version >= 22 ? [] : ["--experimental-wasm-relaxed-simd"];
    expect(run({}, flags).kernels).toBe(expected);
  });

  test.each(["0", "1"])(
    "reproducible %s: a training has the same bits, wide and not, on 1 and 2 threads",
    (reproducible) => {
      const narrow = run({ LANEGRAD_REPRODUCIBLE: reproducible });
      const wide = run({ LANEGRAD_REPRODUCIBLE: reproducible, LANEGRAD_WIDE: "1" });
      const shared = run({ LANEGRAD_REPRODUCIBLE: reproducible, LANEGRAD_WIDE: "1", LANEGRAD_THREADS: "2" });
      expect(shared.losses).toEqual(wide.losses);
      expect(wide.losses).toEqual(narrow.losses);
      const kernels = reproducible === "1" || version < 22 ? "strict" : "relaxed";
      expect([narrow.kernels, wide.kernels, shared.kernels]).toEqual([kernels, kernels, kernels]);
      expect(new Set(narrow.losses).size).toBeGreaterThan(300);
    },
  );

  test.runIf(pairs)("V8 pairs all kernels, and lives", () => {
    const flags = "--experimental-wasm-revectorize --no-liftoff --no-wasm-lazy-compilation --no-wasm-dynamic-tiering";
    for (const build of ["strict", "relaxed"]) {
      const program = `new WebAssembly.Module(require("node:fs").readFileSync("build/kernels/${build}.wasm"))`;
      const { status, stderr } = spawnSync(process.execPath, [...flags.split(" "), "-e", program], {
        encoding: "utf8",
      });
      expect({ build, status, stderr }).toEqual({ build, status: 0, stderr: "" });
    }
  });

  test("a warning is given once where it cannot be had", () => {
    const program = `const { backend, configure } = require("./build/cjs/index.js");
      for (const reproducible of [true, false]) { configure({ wide: true, reproducible }); backend(); }`;
    const env = { ...process.env, NODE_NO_WARNINGS: "0" };
    const { stderr } = spawn(program, env);
    expect(stderr.match(/wide mode is off/g)?.length ?? 0).toBe(run({ LANEGRAD_WIDE: "1" }).wide ? 0 : 1);
  });
});

function spawn(program: string, env: NodeJS.ProcessEnv): { stderr: string } {
  return spawnSync(process.execPath, ["-e", program], { encoding: "utf8", env });
}
