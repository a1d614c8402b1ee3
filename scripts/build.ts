/** Builds everything the package ships: kernels, ESM, CommonJS and types. `tsx scripts/build.ts [kernels]` */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { build } from "esbuild";

const KERNEL_BUILDS = ["strict", "relaxed"] as const;

if (!kernelsAreCurrent()) buildKernels();
if (!process.argv.includes("kernels")) await buildPackage();

function kernelsAreCurrent(): boolean {
  const built = "build/kernels/embedded.js";
  if (!existsSync(built)) return false;
  const sources = readdirSync("assembly").map((file) => `assembly/${file}`);
  const newest = Math.max(...["asconfig.json", "scripts/build.ts", ...sources].map((path) => statSync(path).mtimeMs));
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
    entries.map(([name, text]) => `export const ${name} = "${text}";\n`).join(""),
  );
  writeFileSync(
    "build/kernels/embedded.d.ts",
    entries.map(([name]) => `export declare const ${name}: string;\n`).join(""),
  );
}

/** One file for each module system, with the loader bundled in, and the types that go with it. */
async function buildPackage(): Promise<void> {
  for (const [folder, format, type] of [
    ["build/esm", "esm", "module"],
    ["build/cjs", "cjs", "commonjs"],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, `${JSON.stringify({ type })}\n`);
    await build({
      entryPoints: ["src/index.ts"],
      outdir: folder,
      bundle: true,
      platform: "node",
      target: "node20",
      format,
      sourcemap: true,
      logLevel: "warning",
    });
    execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", folder], { stdio: "inherit" });
  }
}
