/**
 * Writes the files of the package. One script contains the library and one its kernels, for every platform and module system:
 *
 *     build/cjs/core.js     the library, as a function of the two modules that it does not contain
 *     build/cjs/kernels.js  both builds of the kernels
 *     build/cjs/node.js     a function that loads core.js on platform/node.ts, once; kernels.js is read at first use
 *     build/cjs/index.js    the exports of core.js, for CommonJS on Node
 *     build/esm/index.js    the same as named exports, for ESM on Node. On Node 20 nothing can catch an error that a CommonJS
 *                           module throws while it is imported, so node.js is a function, which throws when called
 *     build/esm/browser.js  ESM elsewhere: core.js on platform/browser.ts
 *     index.d.ts in both    types, written once
 *
 * A script can be both required and imported, but it can export to neither: core.js and kernels.js store their exports
 * under a symbol of the version.
 */
import { execSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { withoutAliases } from "./declarations.ts";
import { licensesOf } from "./licenses.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
const SHARED = `globalThis[Symbol.for("lanegrad ${version}")]`;
/** The modules that core.js requires. */
const GIVEN = ["#platform", "#kernels/packed"];
const OPTIONS: BuildOptions = {
  bundle: true,
  target: ["es2022", "node20"],
  minify: true, // less to load and to read at each start
  // Node prints the whole line that threw, above the message.
  lineLimit: 120,
  logLevel: "warning",
};

/** Restores the names of public classes and functions, for stack traces and `console.log`. */
const NAMING = `(function name(exports) {
  for (const [key, value] of Object.entries(exports)) {
    if (typeof value === "function") Object.defineProperty(value, "name", { value: key });
    else name(value);
  }
})(module.exports);`;

/** Writes all files of the package; needs the kernels and the source of the worker. */
export async function buildPackage(): Promise<void> {
  for (const [folder, type] of [
    ["build/esm", "module"],
    ["build/cjs", "commonjs"],
  ] as const) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
  }
  const core = await writeShared();
  const node = await writeEntry(
    "build/cjs/node.js",
    "node",
    `let loaded; module.exports = () => (loaded ??= load(() => require("./kernels.js")));`,
  );
  writeFileSync("build/cjs/index.js", `module.exports = require("./node.js")();\n`);
  const names = Object.keys(createRequire(import.meta.url)(resolve("build/cjs/index.js")) as object);
  const list = names.join(",");
  // The rest never runs: Node finds the names of the exports here when ESM imports this file.
  writeFileSync("build/cjs/index.js", `${readFileSync("build/cjs/index.js", "utf8")}0&&(module.exports={${list}});\n`);
  writeFileSync("build/esm/index.js", `import load from "../cjs/node.js";\nexport const {${list}} = load();\n`);
  const browser = await writeEntry("build/esm/browser.js", "browser", `export const {${list}} = load(() => {});`);
  writeFileSync("build/THIRD-PARTY-LICENSES.txt", licensesOf([...core, ...node, ...browser]));
  await writeTypes();
}

/** Writes core.js and returns the paths of the files that it bundles. */
async function writeShared(): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    metafile: true,
    entryPoints: ["src/index.ts"],
    platform: "neutral",
    format: "cjs",
    external: GIVEN,
    write: false,
  });
  // In parentheses, so that V8 compiles it at once and does not read it twice. It would read an arrow function twice.
  const core = `core=(function(require,module){\n${outputFiles[0]?.text ?? ""}${NAMING}});\n`;
  writeFileSync("build/cjs/core.js", `(${SHARED}??={}).${core}`);
  const { packed } = (await import(pathToFileURL("build/kernels/packed.js").href)) as { readonly packed: () => object };
  writeFileSync("build/cjs/kernels.js", `(${SHARED}??={}).kernels=${JSON.stringify(packed())};\n`);
  return Object.keys(metafile.inputs);
}

/**
 * Writes an entry that loads core.js on a platform; `exporting` may call `load` with a function that loads kernels.js.
 * Returns the paths of the files that it bundles.
 */
async function writeEntry(outfile: string, platform: "node" | "browser", exporting: string): Promise<string[]> {
  const isNode = platform === "node";
  const scripts = isNode
    ? `require("./core.js");`
    : `import "../cjs/core.js";
import "../cjs/kernels.js";`;
  const { metafile } = await build({
    ...OPTIONS,
    metafile: true,
    stdin: {
      contents: `import { platform } from "./src/platform/${platform}.ts";
${scripts}
const shared = ${SHARED};
function load(bring) {
  const given = { "#platform": { platform }, "#kernels/packed": { packed: () => (bring(), shared.kernels) } };
  const module = {};
  shared.core((name) => given[name], module);
  return module.exports;
}
${exporting}`,
      resolveDir: ".",
    },
    outfile,
    platform: isNode ? "node" : "browser",
    format: isNode ? "cjs" : "esm",
    external: ["./core.js", "./kernels.js", "../cjs/*"],
  });
  return Object.keys(metafile.inputs);
}

/** Writes all declarations to one file, without those marked `@internal`. */
async function writeTypes(): Promise<void> {
  const folder = "build/types";
  rmSync(folder, { recursive: true, force: true });
  execSync(`npx tsc -p tsconfig.build.json --outDir ${folder}`, { stdio: "inherit" });
  const bundle = await rollup({ input: `${folder}/src/index.d.ts`, external: /^#/, plugins: [dts()] });
  const { output } = await bundle.generate({});
  const { code, imports } = output[0];
  if (imports.length > 0)
    throw new Error(`types: public declarations must stand alone; got imports of ${imports.join()}`);
  writeFileSync("build/cjs/index.d.ts", withoutAliases(code));
  writeFileSync("build/esm/index.d.ts", `export * from "../cjs/index.js";\n`);
}
