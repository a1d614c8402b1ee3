import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What the README shows: learn that y = 2x, in three lines after the import. */
const PROGRAM = `
const model = nn.linear(1, 1), trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
for (let i = 0; i < 2000; i++) trainer.step(tensor([[1], [2]]), tensor([[2], [4]]));
console.log(model.predict(tensor([[3]])).item().toFixed(2));`;
const NAMES = "{ tensor, nn, optim, Trainer }";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-"));
let tarball = "";

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeAll(() => {
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], resolve("."));
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  tarball = join(folder, filename);
  writeFileSync(join(folder, "package.json"), "{}");
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the package, installed from its tarball into an empty folder", () => {
  test("runs as an ES module", () => {
    writeFileSync(join(folder, "program.mjs"), `import ${NAMES} from "lanegrad";${PROGRAM}`);
    expect(run(process.execPath, ["program.mjs"])).toBe("6.00\n");
  });

  test("runs as CommonJS", () => {
    writeFileSync(join(folder, "program.cjs"), `const ${NAMES} = require("lanegrad");${PROGRAM}`);
    expect(run(process.execPath, ["program.cjs"])).toBe("6.00\n");
  });

  test("shows an error to whoever catches none, not pages of code above it", () => {
    const mistake = "nn.linear(2, 1).run(tensor([[1, 2, 3]]));";
    for (const [file, names] of [
      ["mistake.mjs", `import ${NAMES} from "lanegrad";`],
      ["mistake.cjs", `const ${NAMES} = require("lanegrad");`],
    ] as const) {
      writeFileSync(join(folder, file), names + mistake);
      const { stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
      const [above = "", below] = stderr.split("ShapeError: linear:");
      expect(below).toBeDefined();
      expect(above.length).toBeLessThan(1000);
    }
  });

  test("brings no other package and no install script", () => {
    const installed = JSON.parse(run("npm", ["ls", "--all", "--json"])) as { dependencies: object };
    expect(Object.keys(installed.dependencies)).toEqual(["lanegrad"]);
    const shipped = JSON.parse(readFileSync(join(folder, "node_modules/lanegrad/package.json"), "utf8")) as {
      scripts: object;
    };
    expect(Object.keys(shipped.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
  });

  test("satisfies publint", () => {
    expect(run("npx", ["publint", "--strict", "--pack=false"], resolve("."))).toContain("All good!");
  });

  test("has types that every module resolution finds", () => {
    // Exits with an error, and so throws, where it finds a problem.
    expect(run("npx", ["attw", tarball, "--profile", "node16"], resolve("."))).toContain("lanegrad v");
  });
});
