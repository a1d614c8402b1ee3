/**
 * Writes the files of the package. One script contains the library and one its kernels, for every platform and module system:
 *
 *     build/cjs/core.js     the library, as a function of the two modules that it does not contain
 *     build/cjs/kernels.js  both builds of the kernels
 *     build/cjs/io-code.js  what only lanegrad/io has, as a function of the modules of core.js that it imports; data-code.js
 *     build/cjs/node.js     a function that loads an entry on platform/node.ts; kernels.js is read at first use
 *     build/cjs/index.js    the exports of core.js, for CommonJS on Node; build/cjs/io.js those of io-code.js; data.js
 *     build/esm/index.js    the same as named exports, for ESM on Node; build/esm/io.js. On Node 20 nothing can catch an error
 *                           that a CommonJS module throws while it is imported, so node.js is a function, which throws when
 *                           called
 *     build/esm/loaded.js   the same function for ESM elsewhere, on platform/browser.ts
 *     build/esm/browser.js  the exports of core.js, for ESM elsewhere; build/esm/io-browser.js those of io-code.js
 *     index.d.ts in both    types, written once; io.d.ts
 *
 * A script can be both required and imported, but it can export to neither: core.js, kernels.js and io-code.js store what
 * they have under a symbol of the version.
 */
import { execSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, type Plugin, build } from "esbuild";
import { type ExternalOption, type OutputChunk, rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { withPublicImports, withoutAliases } from "./declarations.ts";
import { licensesOf } from "./licenses.ts";
import { minified } from "./minify.ts";

const { version, imports, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly imports: { readonly [CSV_PARSE]: Readonly<Record<"node" | "default", string>> };
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const SHARED = `globalThis[Symbol.for("lanegrad ${version}")]`;
/** The modules that core.js requires; `#parts` takes those that other entries require of it. */
const GIVEN = new Set(["#platform", "#kernels/packed", "#parts"]);
/** The import of package.json that is csv-parse's file for the host. Entries for a host store its `import()`. */
const CSV_PARSE = "#csv-parse";
const OPTIONS: BuildOptions = {
  bundle: true,
  target: ["es2022", "node20"],
  minify: true, // less to load and to read at each start
  logLevel: "warning",
};

/** The folders of src/ with the entries beside that of the whole library. */
const ENTRIES = { io: "io", data: "raw", study: "study", export: "export", onnx: "onnx" } as const;
type Entry = keyof typeof ENTRIES;
const NAMES = ["io", "data", "study", "export", "onnx"] as const satisfies readonly Entry[];

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
  const parts = new Set<string>();
  const bundled: string[] = [];
  for (const entry of NAMES) bundled.push(...(await writeCode(entry, parts)));
  bundled.push(...(await writeCore([...parts].toSorted())));
  bundled.push(...(await writeLoader("build/cjs/node.js", "node")));
  bundled.push(...(await writeLoader("build/esm/loaded.js", "browser")));
  for (const entry of ["index", ...NAMES]) writeExports(entry);
  writeFileSync("build/THIRD-PARTY-LICENSES.txt", licensesOf(bundled));
  await writeTypes();
}

/** Writes core.js, with the modules that other entries import. Returns the paths of the files that it bundles. */
async function writeCore(parts: readonly string[]): Promise<string[]> {
  const imports = parts.map((part, i) => `import * as part${i} from "./src/${part}";`);
  const members = parts.map((part, i) => `${JSON.stringify(part)}: part${i}`);
  const contents = `export * from "./src/index.ts";
import { keep } from "#parts";
${imports.join("\n")}
keep({ ${members.join(", ")} });`;
  const external = plugin((path) => (GIVEN.has(path) ? path : undefined));
  const inputs = await writeScript("core", { stdin: { contents, resolveDir: "." }, plugins: [external] });
  const { packed } = (await import(pathToFileURL("build/kernels/packed.js").href)) as { readonly packed: () => object };
  writeFileSync("build/cjs/kernels.js", `(${SHARED}??={}).kernels=${JSON.stringify(packed())};\n`);
  return inputs;
}

/** Writes what only an entry has, and adds the modules of core.js that it imports to `parts`. */
function writeCode(entry: Entry, parts: Set<string>): Promise<string[]> {
  const own = resolve("src", ENTRIES[entry]);
  const external = plugin((path, from) => {
    if (path === CSV_PARSE) return path;
    const file = resolve(from, path);
    if (!path.startsWith(".") || file.startsWith(`${own}/`) || !file.startsWith(resolve("src"))) return undefined;
    const part = relative("src", file);
    parts.add(part);
    return part;
  });
  const peers = Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]);
  return writeScript(entry, { entryPoints: [`${own}/index.ts`], plugins: [external], external: peers });
}

/** A plugin that leaves imports as they are; `partOf` gives the name by which the script then requires a module. */
function plugin(partOf: (path: string, from: string) => string | undefined): Plugin {
  return {
    name: "parts",
    setup: (build) =>
      build.onResolve({ filter: /^[.#]/ }, ({ path, resolveDir, kind }) => {
        const part = kind === "entry-point" ? undefined : partOf(path, resolveDir);
        return part === undefined ? undefined : { path: part, external: true };
      }),
  };
}

/** Writes a script that stores a function of `require` and `module`. Returns the paths of the files that it bundles. */
async function writeScript(name: string, options: BuildOptions): Promise<string[]> {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    ...options,
    metafile: true,
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    format: "cjs",
    write: false,
  });
  // In parentheses, so that V8 compiles it at once and does not read it twice. It would read an arrow function twice.
  const text = (outputFiles?.[0]?.text ?? "").replaceAll(`import("${CSV_PARSE}")`, `${SHARED}.csvParse()`);
  const code = `(${SHARED}??={}).${name}=(function(require,module){\n${text}${NAMING}});`;
  writeFileSync(`build/cjs/${name === "core" ? name : `${name}-code`}.js`, minified(code, false));
  return Object.keys(metafile?.inputs ?? {});
}

/**
 * Writes the function that loads core.js on a platform, once, and gives its exports or those of another entry.
 * Returns the paths of the files that it bundles.
 */
async function writeLoader(outfile: string, platform: "node" | "browser"): Promise<string[]> {
  const isNode = platform === "node";
  const scripts = isNode
    ? `require("./core.js");`
    : `import "../cjs/core.js";
import "../cjs/kernels.js";`;
  // On Node the kernels are loaded at first use.
  const bring = isNode ? `require("./kernels.js")` : "undefined";
  const { metafile, outputFiles } = await build({
    ...OPTIONS,
    metafile: true,
    write: false,
    stdin: {
      contents: `import { platform } from "./src/platform/${platform}.ts";
${scripts}
const shared = ${SHARED};
const loaded = {};
let parts;
function run(script, given) {
  const module = {};
  script((name) => given[name], module);
  return module.exports;
}
function load(entry) {
  loaded.index ??= run(shared.core, {
    "#platform": { platform },
    "#kernels/packed": { packed: () => (${bring}, shared.kernels) },
    "#parts": { keep: (all) => (parts = all) },
  });
  return (loaded[entry] ??= run(shared[entry], parts));
}
${isNode ? "module.exports = load;" : "export { load };"}`,
      resolveDir: ".",
    },
    platform: isNode ? "node" : "browser",
    format: isNode ? "cjs" : "esm",
    external: ["./core.js", "./kernels.js", "../cjs/*"],
  });
  writeFileSync(outfile, minified(outputFiles[0]?.text ?? "", !isNode));
  return Object.keys(metafile.inputs);
}

/** Writes the files that export an entry: for CommonJS and ESM on Node, and for ESM elsewhere. */
function writeExports(entry: string): void {
  const [cjs, code] = [`build/cjs/${entry}.js`, `${entry}-code.js`];
  const isWhole = entry === "index"; // its code is core.js, which loading brings
  // Bundlers only warn of a package that is not installed where the import has a `catch`.
  const stored = (host: "node" | "default"): string =>
    entry === "data"
      ? `(${SHARED}??={}).csvParse=()=>import("${imports[CSV_PARSE][host]}").catch((error)=>{throw error});\n`
      : "";
  const required = isWhole ? "" : `${stored("node")}require("./${code}");\n`;
  const imported = isWhole ? "" : `import "../cjs/${code}";\n`;
  writeFileSync(cjs, `${required}module.exports = require("./node.js")("${entry}");\n`);
  const names = Object.keys(createRequire(import.meta.url)(resolve(cjs)) as object);
  const list = names.join(",");
  // The rest never runs: Node finds the names of the exports here when ESM imports this file.
  writeFileSync(cjs, `${readFileSync(cjs, "utf8")}0&&(module.exports={${list}});\n`);
  // An entry may export a `load` of its own.
  const from = (loader: string): string => `const {${list}} = ${loader}("${entry}");\nexport {${list}};\n`;
  writeFileSync(`build/esm/${entry}.js`, `import $ from "../cjs/node.js";\n${imported}${stored("node")}${from("$")}`);
  const browser = `build/esm/${isWhole ? "browser" : `${entry}-browser`}.js`;
  writeFileSync(browser, `import { load as $ } from "./loaded.js";\n${imported}${stored("default")}${from("$")}`);
}

/** Writes all declarations of each entry to one file, without those marked `@internal`. */
async function writeTypes(): Promise<void> {
  const folder = "build/types";
  rmSync(folder, { recursive: true, force: true });
  execSync(`npx tsc -p tsconfig.build.json --outDir ${folder}`, { stdio: "inherit" });
  const { code, imports } = await bundledTypes(`${folder}/src/index.d.ts`, /^#/);
  if (imports.length > 0)
    throw new Error(`types: public declarations must stand alone; got imports of ${imports.join()}`);
  const core = withoutAliases(code);
  writeEntryTypes("index", core);
  for (const entry of NAMES) {
    const own = [ENTRIES[entry], "files", "base/inspect"].map((each) => resolve(folder, "src", each));
    const isOther = (path: string, from: string | undefined): boolean =>
      from !== undefined && !own.some((each) => resolve(dirname(from), path).startsWith(each));
    const types = await bundledTypes(`${folder}/src/${ENTRIES[entry]}/index.d.ts`, isOther);
    writeEntryTypes(entry, withPublicImports(types.code, core));
  }
}

async function bundledTypes(input: string, external: ExternalOption): Promise<OutputChunk> {
  const bundle = await rollup({ input, external, plugins: [dts()] });
  const { output } = await bundle.generate({});
  return output[0];
}

function writeEntryTypes(entry: string, text: string): void {
  writeFileSync(`build/cjs/${entry}.d.ts`, text);
  writeFileSync(`build/esm/${entry}.d.ts`, `export * from "../cjs/${entry}.js";\n`);
}
