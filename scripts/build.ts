/** Builds everything the package ships: kernels, ESM, CommonJS and types. `tsx scripts/build.ts [kernels]` */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { buildPackage } from "./package.ts";
import { signaturesOf } from "./signatures.ts";

const KERNEL_BUILDS = ["strict", "relaxed"] as const;

if (!kernelsAreCurrent()) buildKernels();
await embedWorker();
if (!process.argv.includes("kernels")) await buildPackage();

function kernelsAreCurrent(): boolean {
  const built = "build/kernels/packed.js";
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
  const packed = packKernels();
  writeFileSync("build/kernels/packed.js", `export const packed = () => (${packed});\n`);
  writeFileSync(
    "build/kernels/packed.d.ts",
    `/** \`lengths\` in bytes, strict and relaxed; \`piece\` in bytes; \`text\` is base64 of raw DEFLATE data. */
export declare function packed(): { readonly lengths: readonly [number, number]; readonly piece: number; readonly text: string };
`,
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

/**
 * The two builds, compressed together: cut into pieces that lie in turn, because DEFLATE finds what is the same within
 * 32 kB only, and a kernel stands at nearly the same place in both.
 */
function packKernels(): string {
  const piece = 10_000; // bytes
  const modules = KERNEL_BUILDS.map((name) => readFileSync(`build/kernels/${name}.wasm`));
  const pieces: Uint8Array[] = [];
  for (let start = 0; modules.some(({ length }) => start < length); start += piece) {
    pieces.push(...modules.map((bytes) => bytes.subarray(start, start + piece)));
  }
  const lengths = modules.map(({ length }) => length);
  const text = deflateRawSync(Buffer.concat(pieces), { level: 9 }).toString("base64");
  return JSON.stringify({ lengths, piece, text });
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
