/** Builds everything the package ships: kernels, ESM, CommonJS, types and the command line. `tsx scripts/build.ts [kernels | cli]` */
import { execSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { build } from "esbuild";
import { buildCommandLine } from "./command-line.ts";
import { contractOf } from "./contract.ts";
import { packKernels } from "./pack-kernels.ts";
import { buildPackage } from "./package.ts";
import { signaturesOf } from "./signatures.ts";

const KERNEL_BUILDS = ["strict", "relaxed"] as const;

/** Files on which the kernels depend. */
const SCRIPTS = ["build", "contract", "pack-kernels", "signatures"];

if (!kernelsAreCurrent()) await buildKernels();
await embedWorker();
writeVersion();
if (process.argv.includes("cli")) await buildCommandLine();
else if (!process.argv.includes("kernels")) await buildPackage(await buildCommandLine());

function kernelsAreCurrent(): boolean {
  const built = "build/kernels/packed.js";
  if (!existsSync(built)) return false;
  const sources = readdirSync("assembly", { recursive: true }).map((path) => `assembly/${String(path)}`);
  const newest = Math.max(
    ...["asconfig.json", ...SCRIPTS.map((name) => `scripts/${name}.ts`), ...sources].map(
      (path) => statSync(path).mtimeMs,
    ),
  );
  return statSync(built).mtimeMs >= newest;
}

async function buildKernels(): Promise<void> {
  mkdirSync("build/kernels", { recursive: true });
  const { code, types } = await contractOf("assembly/contract");
  writeFileSync("build/kernels/contract.js", code);
  writeFileSync("build/kernels/contract.d.ts", types);
  for (const target of KERNEL_BUILDS) {
    execSync(`npx asc --config asconfig.json --target ${target}`, { stdio: "inherit" });
  }
  writeFileSync("build/kernels/packed.js", `export const packed = () => (${packKernels()});\n`);
  const type = "{ readonly lengths: readonly [number, number]; readonly piece: number; readonly text: string }";
  writeFileSync("build/kernels/packed.d.ts", `export declare function packed(): ${type};\n`);
  writeSignatures();
}

/** The module with the parameter types of each kernel, for `call`. */
function writeSignatures(): void {
  const table = signaturesOf(readFileSync("build/kernels/strict.wasm"));
  writeFileSync("build/kernels/signatures.js", `export const signatures = ${JSON.stringify(table)};\n`);
  writeFileSync(
    "build/kernels/signatures.d.ts",
    "export declare const signatures: Readonly<Partial<Record<string, string>>>;\n",
  );
}

/** The code of a worker thread, bundled into a string, so that it starts from any bundle of the library. */
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

/** The version of the library, as package.json has it. */
function writeVersion(): void {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  writeFileSync("build/kernels/version.js", `export const version = ${JSON.stringify(version)};\n`);
  writeFileSync("build/kernels/version.d.ts", "export declare const version: string;\n");
}
