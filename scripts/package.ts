/**
 * Writes the files of the package. Scripts contain the library and its kernels, for every platform and module system:
 *
 *     build/cjs/core.js      what predictions need, as a function of modules that it does not contain
 *     build/cjs/training.js  the rest, loaded at the first use of something in it; files.js
 *     build/cjs/kernels.js   both builds of the kernels
 *     build/cjs/io-code.js   what only lanegrad/io has; data-code.js and others
 *     build/cjs/node.js      a function that loads an entry on platform/node.ts; other scripts are read at first use
 *     build/cjs/index.js     the exports of core.js, for CommonJS on Node; build/cjs/io.js those of io-code.js; data.js
 *     build/esm/index.js     the same as named exports, for ESM on Node; build/esm/io.js. On Node 20 nothing can catch an
 *                            error that a CommonJS module throws while it is imported, so node.js is a function, which throws
 *                            when called
 *     build/esm/loaded.js    the same function for ESM elsewhere, on platform/browser.ts
 *     build/esm/browser.js   the exports of core.js, for ESM elsewhere; build/esm/io-browser.js those of io-code.js
 *     index.d.ts in both     types, written once; io.d.ts
 *
 * A script can be both required and imported, but it can export to neither: each stores a function under a symbol of the
 * version. The function takes a `require` and gives the public names of the script and its parts, the modules that other
 * scripts import of it, to `keep`.
 */
import { execSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { type ExternalOption, type OutputChunk, rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { withPublicImports, withoutAliases } from "./declarations.ts";
import { licensesOf } from "./licenses.ts";
import { minified } from "./minify.ts";
import { ENTRIES, LATER, NEEDED } from "./parts.ts";
import { CSV_PARSE, bundledScripts } from "./scripts.ts";

const { version, imports, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly imports: { readonly [CSV_PARSE]: Readonly<Record<"node" | "default", string>> };
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const SHARED = `globalThis[Symbol.for("lanegrad ${version}")]`;
const OPTIONS: BuildOptions = {
  bundle: true,
  target: ["es2022", "node20"],
  minify: true, // less to load and to read at each start
  logLevel: "warning",
};
const NAMES = Object.keys(ENTRIES) as readonly (keyof typeof ENTRIES)[];
const LATER_NAMES = Object.keys(LATER);

/**
 * Writes all files of the package but those of the command line; needs the kernels and the source of the worker.
 * @param others paths of files that others bundle, for the licenses
 */
export async function buildPackage(others: readonly string[]): Promise<void> {
  for (const [folder, type] of [
    ["build/esm", "module"],
    ["build/cjs", "commonjs"],
  ] as const) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
  }
  const bundled = await writeScripts();
  bundled.push(...(await writeLoader("build/cjs/node.js", "node")));
  bundled.push(...(await writeLoader("build/esm/loaded.js", "browser")));
  for (const entry of ["index", ...NAMES]) writeExports(entry);
  writeFileSync("build/THIRD-PARTY-LICENSES.txt", licensesOf([...bundled, ...others]));
  await writeTypes();
}

/** Writes the scripts. Returns the paths of the files that they bundle. */
async function writeScripts(): Promise<string[]> {
  const external = Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]);
  const scripts = await bundledScripts({ ...OPTIONS, external });
  const later = scripts.flatMap(({ name, parts }) =>
    name in LATER ? Object.entries(parts).map(([part, names]) => [part, [name, ...names]]) : [],
  );
  for (const { name, text } of scripts) {
    // In parentheses, so that V8 compiles it at once and does not read it twice. It would read an arrow function twice.
    const code = `.${name}=(function(require,keep,named){\n${text.replaceAll(`import("${CSV_PARSE}")`, `${SHARED}.csvParse()`)}});`;
    const stored = name === "core" ? `${SHARED}.later=${JSON.stringify(Object.fromEntries(later))};` : "";
    writeFileSync(`build/cjs/${fileOf(name)}`, minified(`(${SHARED}??={})${code}${stored}`, false));
  }
  const { packed } = (await import(pathToFileURL("build/kernels/packed.js").href)) as { readonly packed: () => object };
  writeFileSync("build/cjs/kernels.js", `(${SHARED}??={}).kernels=${JSON.stringify(packed())};\n`);
  return scripts.flatMap(({ inputs }) => inputs);
}

/** The file of a script. That of an entry's exports has the entry's name. */
function fileOf(script: string): string {
  return `${script in ENTRIES ? `${script}-code` : script}.js`;
}

/**
 * Writes the function that loads scripts on a platform and gives the exports of an entry.
 * Returns the paths of the files that it bundles.
 */
async function writeLoader(outfile: string, platform: "node" | "browser"): Promise<string[]> {
  const isNode = platform === "node";
  const scripts = ["core", ...LATER_NAMES, "kernels"];
  // On Node scripts are read at first use.
  const imported = isNode ? [] : scripts.map((name) => `import "../cjs/${name}.js";`);
  const bring = isNode ? scripts.map((name) => `${name}: () => require("./${name}.js"),`) : [];
  const { metafile, outputFiles } = await build({
    ...OPTIONS,
    metafile: true,
    write: false,
    stdin: {
      contents: `import { platform } from "./src/platform/${platform}.ts";
import { loader } from "./scripts/loader.ts";
${imported.join("\n")}
const load = loader(${SHARED} ??= {}, { ${bring.join(" ")} }, platform);
${isNode ? "module.exports = load;" : "export { load };"}`,
      resolveDir: ".",
    },
    platform: isNode ? "node" : "browser",
    format: isNode ? "cjs" : "esm",
    external: ["../cjs/*", ...scripts.map((name) => `./${name}.js`)],
  });
  writeFileSync(outfile, minified(outputFiles[0]?.text ?? "", !isNode));
  return Object.keys(metafile.inputs);
}

/** Writes the files that export an entry: for CommonJS and ESM on Node, and for ESM elsewhere. */
function writeExports(entry: string): void {
  const cjs = `build/cjs/${entry}.js`;
  const isWhole = entry === "index"; // its code is core.js, which loading brings
  // Bundlers only warn of a package that is not installed where the import has a `catch`.
  const stored = (host: "node" | "default"): string =>
    entry === "data"
      ? `(${SHARED}??={}).csvParse=()=>import("${imports[CSV_PARSE][host]}").catch((error)=>{throw error});\n`
      : "";
  const needed = NEEDED[entry] ?? [];
  const codes = isWhole ? [] : [...needed, entry].map((each) => `${each}-code.js`);
  const required = codes.map((code) => `require("./${code}");\n`).join("");
  const imported = codes.map((code) => `import "../cjs/${code}";\n`).join("");
  const first = needed.map((each) => `$("${each}");\n`).join("");
  const loading = `${stored("node")}${required}const $ = require("./node.js");\n${first}`;
  writeFileSync(cjs, `${loading}module.exports = $("${entry}");\n`);
  const names = Object.keys(createRequire(import.meta.url)(resolve(cjs)) as object);
  const list = names.join(",");
  // The rest never runs: Node finds the names of the exports here when ESM imports this file.
  writeFileSync(cjs, `${readFileSync(cjs, "utf8")}0&&(module.exports={${list}});\n`);
  // An entry may export a `load` of its own.
  const from = `${first}const {${list}} = $("${entry}");\nexport {${list}};\n`;
  writeFileSync(`build/esm/${entry}.js`, `import $ from "../cjs/node.js";\n${imported}${stored("node")}${from}`);
  const browser = `build/esm/${isWhole ? "browser" : `${entry}-browser`}.js`;
  writeFileSync(browser, `import { load as $ } from "./loaded.js";\n${imported}${stored("default")}${from}`);
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
