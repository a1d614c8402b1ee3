/** Builds everything the package ships: kernels, ESM, CommonJS and types. `tsx scripts/build.ts [kernels]` */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { signaturesOf } from "./signatures.ts";

const KERNEL_BUILDS = ["strict", "relaxed"] as const;

if (!kernelsAreCurrent()) buildKernels();
await embedWorker();
if (!process.argv.includes("kernels")) await buildPackage();

function kernelsAreCurrent(): boolean {
  const built = "build/kernels/embedded.js";
  if (!existsSync(built)) return false;
  const sources = readdirSync("assembly").map((file) => `assembly/${file}`);
  const newest = Math.max(
    ...["asconfig.json", "scripts/build.ts", "scripts/signatures.ts", ...sources].map((path) => statSync(path).mtimeMs),
  );
  return statSync(built).mtimeMs >= newest;
}

function buildKernels(): void {
  mkdirSync("build/kernels", { recursive: true });
  for (const target of KERNEL_BUILDS) {
    execFileSync("npx", ["asc", "--config", "asconfig.json", "--target", target], { stdio: "inherit" });
  }
  const entries = KERNEL_BUILDS.map((name) => [name, readFileSync(`build/kernels/${name}.wasm`).toString("base64")]);
  writeFileSync(
    "build/kernels/embedded.js",
    entries.map(([name = "", text = ""]) => `export const ${name} = "${text}";\n`).join(""),
  );
  writeFileSync(
    "build/kernels/embedded.d.ts",
    entries.map(([name = ""]) => `export declare const ${name}: string;\n`).join(""),
  );
  writeSignatures();
}

/** What `call` needs to know of each kernel's parameters. */
function writeSignatures(): void {
  const table = signaturesOf(readFileSync("build/kernels/strict.wasm"));
  writeFileSync("build/kernels/signatures.js", `export const signatures = ${JSON.stringify(table)};\n`);
  writeFileSync(
    "build/kernels/signatures.d.ts",
    "export declare const signatures: Readonly<Partial<Record<string, string>>>;\n",
  );
}

/** The code of a worker thread, bundled into a string: it starts wherever the library was bundled to. */
async function embedWorker(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: ["src/runtime/worker.ts"],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    write: false,
    logLevel: "warning",
  });
  const text = outputFiles[0]?.text ?? "";
  writeFileSync("build/kernels/worker.js", `export const source = ${JSON.stringify(text)};\n`);
  writeFileSync("build/kernels/worker.d.ts", "export declare const source: string;\n");
}

/** One file for each module system, with what it needs bundled in, and the types that go with it. */
async function buildPackage(): Promise<void> {
  const inputs = new Set<string>();
  for (const [folder, format, type] of [
    ["build/esm", "esm", "module"],
    ["build/cjs", "cjs", "commonjs"],
  ] as const) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
    const { metafile } = await build({
      entryPoints: ["src/index.ts"],
      outdir: folder,
      bundle: true,
      platform: "node",
      target: "node20",
      format,
      sourcemap: true,
      sourcesContent: false,
      // Less to read at each start; names stay, for stack traces.
      minifyWhitespace: true,
      minifySyntax: true,
      // Node prints the whole line that threw, above the message.
      lineLimit: 120,
      metafile: true,
      logLevel: "warning",
    });
    Object.keys(metafile.inputs).forEach((path) => inputs.add(path));
    execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", folder], { stdio: "inherit" });
    copyFileSync("build/kernels/strict.d.ts", `${folder}/strict.d.ts`);
    settleTypeImports(folder);
  }
  writeFileSync("build/THIRD-PARTY-LICENSES.txt", licensesOf(inputs));
}

/** Type files name their neighbours as they are shipped: no .ts endings, and the kernels' types where they lie. */
function settleTypeImports(folder: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".d.ts"),
  )) {
    const file = join(folder, path);
    const up = relative(dirname(file), folder);
    const text = readFileSync(file, "utf8")
      .replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1")
      .replaceAll("#kernels/strict", `${up === "" ? "." : up}/strict.js`);
    writeFileSync(file, text);
  }
}

/** The licenses of the packages that were bundled. */
function licensesOf(inputs: ReadonlySet<string>): string {
  const folders = [...inputs].map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const bundled = [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
  return bundled
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
        string,
        string
      >;
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}`;
    })
    .join("\n----------\n\n");
}
