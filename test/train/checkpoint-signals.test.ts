import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { scratch } from "../files/support.ts";
import { Screen } from "../screen.ts";

const SOURCE = fileURLToPath(new URL("../../src/index.ts", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));

/** A training of four epochs of 25 steps, which tells where it is by a file and then takes longer. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
import { Tensor, Trainer, data, manualSeed, nn, optim } from ${JSON.stringify(SOURCE)};
const [directory, where, mark, out] = process.argv.slice(2);
manualSeed(existsSync(directory) ? 5 : 1);
const numbers = (n, seed) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * seed));
const set = data.fromArrays(new Tensor([100, 8], "float32", numbers(800, 3)), new Tensor([100, 1], "float32", numbers(100, 5)));
class Slow extends nn.Module {
  inner = nn.linear(8, 4);
  forward(x) { return this.inner.call(x); }
}
const model = nn.sequential(new Slow(), nn.dropout(0.2), nn.linear(4, 1));
const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() });
const told = new Set();
const tell = (what) => { if (what === where && !told.has(what)) { told.add(what); writeFileSync(mark, what); } };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
if (where === "own listener") process.on("SIGINT", () => {});
let steps = 0;
const resumed = existsSync(directory);
const options = {
  epochs: 4, batchSize: 4, progress: where === "terminal", resume: true,
  checkpoint: { directory, everySteps: where === "write" ? 1 : where === "pause" ? 10 : 1000, everyEpochs: 1000, keep: 2 },
  onStep: async () => {
    steps++;
    if (resumed) return;
    if (where === "callback" && steps === 30) { tell("callback"); await wait(1000); }
    if (where === "stuck" && steps === 30) { tell("stuck"); await wait(100_000); }
    if (where === "pause" && steps === 30) { tell("pause"); await wait(100_000); }
    if (["steps", "own listener", "write", "terminal"].includes(where)) {
      if (steps === 30) tell(where);
      if (steps > 30) { busy(2); if (where !== "write") await null; }
    }
  },
  onEpoch: () => { if (where === "validation" && !resumed) { tell("validation"); busy(500); } },
};
const history = await trainer.fit(set, options);
writeFileSync(out, JSON.stringify({ aborted: history.aborted, epochs: history.epochs.length, listeners: process.listenerCount("SIGINT"),
  weights: model.parameters().map((each) => Buffer.from(each.read().slice().buffer).toString("hex")) }));
`;

interface Result {
  readonly aborted: boolean;
  readonly epochs: number;
  readonly listeners: number;
  readonly weights: readonly string[];
}

/** A directory with the program, and how to run it there. */
function workplace(root = scratch()): { root: string; args: (where: string) => string[]; result: () => Result } {
  writeFileSync(join(root, "program.mts"), PROGRAM);
  const out = join(root, "out.json");
  return {
    root,
    args: (where) => ["--import", TSX, join(root, "program.mts"), join(root, "run"), where, join(root, "mark"), out],
    result: () => JSON.parse(readFileSync(out, "utf8")) as Result,
  };
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

async function appears(file: string): Promise<void> {
  const until = performance.now() + 60_000;
  while (!existsSync(file)) {
    if (performance.now() > until) throw new Error(`${file} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

let uninterrupted: readonly string[] = [];

beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), "lanegrad-signals-"));
  const { args, result } = workplace(root);
  spawnSync(process.execPath, args("none"), { env });
  uninterrupted = result().weights;
  rmSync(root, { recursive: true });
});

/** Without wide mode, which warns where an engine lacks it. */
const { LANEGRAD_WIDE: _, ...env } = process.env;

describe("a signal ends the step, a checkpoint is written, and a resume gives the same bits", () => {
  test.each([
    ["steps", "SIGINT"],
    ["callback", "SIGTERM"],
    ["validation", "SIGINT"],
    ["write", "SIGTERM"],
  ] as const)("%s, %s", async (where, signal) => {
    const { root, args, result } = workplace();
    const child = spawn(process.execPath, args(where), { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
    const end = ended(child);
    await appears(join(root, "mark"));
    child.kill(signal);
    expect({ ...(await end), said }).toEqual({ code: null, signal, said: "" });
    expect(existsSync(join(root, "out.json"))).toBe(false);
    const names = readdirSync(join(root, "run"));
    expect(names.every((name) => /^step-\d+\.safetensors$/.test(name))).toBe(true);
    expect(names.length).toBe(where === "write" ? 2 : 1);
    const resumed = spawnSync(process.execPath, args(where), { env, encoding: "utf8" });
    expect(`${resumed.status} ${resumed.stderr}`).toBe("0 ");
    expect(result()).toMatchObject({ aborted: false, epochs: 4, listeners: 0, weights: uninterrupted });
  });

  test("a second signal ends the process at once", async () => {
    const { root, args } = workplace();
    const child = spawn(process.execPath, args("stuck"), { env, stdio: "ignore" });
    const end = ended(child);
    await appears(join(root, "mark"));
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill("SIGTERM");
    // The callback would wait for longer than the test.
    expect(await end).toEqual({ code: null, signal: "SIGTERM" });
    // The next training takes over the lock of a process that has ended.
    expect(readdirSync(join(root, "run"))).toEqual(["lock"]);
    expect(spawnSync(process.execPath, args("callback"), { env, encoding: "utf8" }).status).toBe(0);
  });

  test("a program that listens itself goes on after fit", async () => {
    const { root, args, result } = workplace();
    const child = spawn(process.execPath, args("own listener"), { env, stdio: "ignore" });
    const end = ended(child);
    await appears(join(root, "mark"));
    child.kill("SIGINT");
    expect(await end).toEqual({ code: 0, signal: null });
    expect(result()).toMatchObject({ aborted: true, listeners: 1 });
    expect(result().epochs).toBeLessThan(4);
  });

  test("a process that was killed leaves a lock that the next one takes over", async () => {
    const { root, args, result } = workplace();
    const child = spawn(process.execPath, args("pause"), { env, stdio: "ignore" });
    const end = ended(child);
    await appears(join(root, "mark"));
    const second = spawnSync(process.execPath, args("none"), { env, encoding: "utf8" });
    expect(second.stderr).toMatch(new RegExp(`FileError: fit: checkpoint: .* got process ${child.pid} on "`));
    child.kill("SIGKILL");
    await end;
    expect(readdirSync(join(root, "run"))).toContain("lock");
    expect(spawnSync(process.execPath, args("none"), { env, encoding: "utf8" }).stderr).toBe("");
    expect(result()).toMatchObject({ aborted: false, epochs: 4, weights: uninterrupted });
    expect(readdirSync(join(root, "run")).every((name) => /^step-\d+\.safetensors$/.test(name))).toBe(true);
  });

  const hasScript = spawnSync("script", ["--version"]).status === 0;
  test.runIf(hasScript)("the live line of a terminal is erased, and a line says where the checkpoint is", async () => {
    const { root, args } = workplace();
    const command = [process.execPath, ...args("terminal")].map((each) => `'${each}'`).join(" ");
    const typescript = join(root, "typescript");
    const child = spawn("script", ["-qefc", `echo $$ > ${join(root, "pid")}; exec ${command}`, typescript], {
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const end = ended(child);
    await appears(join(root, "mark"));
    process.kill(Number(readFileSync(join(root, "pid"), "utf8")), "SIGINT");
    expect((await end).code).toBe(130); // 128 + SIGINT
    const shown =
      readFileSync(typescript, "utf8")
        .split("\n")
        .find((line) => line.includes("\u2591")) ?? "";
    expect(shown).toContain("epoch");
    const text = readFileSync(typescript, "utf8")
      .replace(/\r?\nScript done.*\n*$/s, "")
      .trimEnd();
    const said = `SIGINT: checkpoint written to ${JSON.stringify(join(root, "run"))}; resume continues from it`;
    const screen = new Screen(1000);
    screen.write(text);
    expect(screen.lines.at(-1)).toBe(said);
  });
});
