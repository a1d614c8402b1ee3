import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Programs run here: packages are found from it, and it is on the disk of the repository. */
export const folder = new URL("../build/bench/", import.meta.url);

/** Bundles `NAME.ts` of this folder into plain JavaScript, so that its time includes no compilation of TypeScript; its path. */
export async function bundled(name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = fileURLToPath(new URL(`${name.replace("/", "-")}.mjs`, folder));
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
  return outfile;
}
