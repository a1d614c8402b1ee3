import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, install, run } from "./installed.ts";

/** What the README shows: learn that y = 2x, in three lines after the import. */
const PROGRAM = `
const model = nn.linear(1, 1), trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
for (let i = 0; i < 2000; i++) trainer.step(tensor([[1], [2]]), tensor([[2], [4]]));
console.log(model.predict(tensor([[3]])).item().toFixed(2));`;
const NAMES = "{ tensor, nn, optim, Trainer }";
const MOST_PACKED = 660_000; // bytes of all entries together

let installed: Installed;
const node = (file: string): string =>
  execFileSync(process.execPath, [file], { cwd: installed.folder, encoding: "utf8" });

beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describe("the package, installed from its tarball into an empty folder", () => {
  test("is small, and npm has nothing to say about it", () => {
    expect(installed.packed).toBeLessThan(MOST_PACKED);
    expect(installed.messages.split("\n").filter((line) => /lanegrad|install-scripts/.test(line))).toEqual([]);
  });

  test("runs as an ES module", () => {
    installed.write("program.mjs", `import ${NAMES} from "lanegrad";${PROGRAM}`);
    expect(node("program.mjs")).toBe("6.00\n");
  });

  test("runs as CommonJS", () => {
    installed.write("program.cjs", `const ${NAMES} = require("lanegrad");${PROGRAM}`);
    expect(node("program.cjs")).toBe("6.00\n");
  });

  test("is one instance with the same names, imported and required", () => {
    const program = `import * as imported from "lanegrad"; import { createRequire } from "node:module";
      const required = createRequire(import.meta.url)("lanegrad");
      console.log(Object.entries(imported).every(([name, value]) => required[name] === value),
        Object.keys(imported).sort().join() === Object.keys(required).sort().join());`;
    installed.write("both.mjs", program);
    expect(node("both.mjs")).toBe("true true\n");
  });

  test("keeps the names of what is public, though its code is minified", () => {
    const program = `const { nn, Tensor, tensor } = require("lanegrad");
      class Own extends nn.Module {}
      console.log(nn.Linear.name, nn.linear.name, nn.init.xavierNormal.name, tensor(1).constructor === Tensor, Tensor.name, String(new Own()));`;
    installed.write("names.cjs", program);
    expect(node("names.cjs")).toBe("Linear linear xavierNormal true Tensor Own\n");
  });

  test.each([
    { platform: "node", format: "esm" },
    { platform: "node", format: "cjs" },
    { platform: "browser", format: "esm" },
    { platform: "browser", format: "iife" },
    { platform: "neutral", format: "esm" },
  ] satisfies BuildOptions[])("runs from one bundled file, for $platform as $format", async (options) => {
    const stdin = { contents: `import ${NAMES} from "lanegrad";${PROGRAM}`, resolveDir: installed.folder };
    const { outputFiles } = await build({ ...options, stdin, bundle: true, minify: true, write: false });
    const file = options.format === "esm" ? "bundle.mjs" : "bundle.cjs";
    installed.write(file, outputFiles[0]?.text ?? "");
    expect(node(file)).toBe("6.00\n");
  });

  test("prints an error that is not caught, not pages of code above it", () => {
    const mistake = "nn.linear(2, 1).run(tensor([[1, 2, 3]]));";
    for (const [file, names] of [
      ["mistake.mjs", `import ${NAMES} from "lanegrad";`],
      ["mistake.cjs", `const ${NAMES} = require("lanegrad");`],
    ] as const) {
      installed.write(file, names + mistake);
      const { stderr } = spawnSync(process.execPath, [file], { cwd: installed.folder, encoding: "utf8" });
      const [above = "", below] = stderr.split("ShapeError: linear:");
      expect(below).toBeDefined();
      expect(above.length).toBeLessThan(1000);
    }
  });

  test("brings no other package and no install script, and says where it comes from", () => {
    const { dependencies } = JSON.parse(run("npm ls --all --json", installed.folder)) as {
      dependencies: object;
    };
    expect(Object.keys(dependencies)).toEqual(["lanegrad"]);
    const shipped = JSON.parse(
      readFileSync(join(installed.folder, "node_modules/lanegrad/package.json"), "utf8"),
    ) as Record<"scripts" | "repository" | "homepage" | "bugs", object>;
    expect(Object.keys(shipped.scripts).filter((name) => /install$|^prepare$/.test(name))).toEqual([]);
    expect([shipped.repository, shipped.homepage, shipped.bugs].map((each) => JSON.stringify(each))).toEqual(
      Array<string>(3).fill(expect.stringContaining("github.com/lanegrad/lanegrad") as string),
    );
  });

  test("satisfies publint", () => {
    expect(run("npx publint --strict --pack=false")).toContain("All good!");
  });

  test("has types that every module resolution finds", () => {
    // Exits with an error, and so throws, where it finds a problem.
    expect(run(`npx attw "${installed.tarball}" --profile node16`)).toContain("lanegrad v");
  });
});
