/**
 * Writes build/cli: the program lanegrad.js, and files of code that is loaded when a command needs it. It imports the entries of
 * the library by their names, which Node finds in the package.json of the package itself.
 */
import { chmodSync, rmSync } from "node:fs";
import { build } from "esbuild";

const FOLDER = "build/cli";

/** CommonJS packages that are bundled, as commander, require modules of Node. */
const REQUIRE = `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`;

/** Writes the files of the command line. Returns the paths of the files that they bundle. */
export async function buildCommandLine(): Promise<string[]> {
  rmSync(FOLDER, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { lanegrad: "src/cli/main.ts" },
    outdir: FOLDER,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    external: ["lanegrad", "lanegrad/*", "echarts", "echarts/*"],
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  });
  chmodSync(`${FOLDER}/lanegrad.js`, 0o755);
  return Object.keys(metafile.inputs);
}
