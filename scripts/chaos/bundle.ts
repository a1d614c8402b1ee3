import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles the process that trains with a module that exports `scenarios`, so that it starts in milliseconds on any Node.
 * Returns its file. It is in the repository, where `lanegrad` is the built package.
 */
export async function bundle(scenarios: string, name: string): Promise<string> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const outfile = resolve(here, `../../build/chaos/${name}.js`);
  await build({
    stdin: {
      contents: `
        import process from "node:process";
        import { scenarios } from ${JSON.stringify(scenarios)};
        import { train } from "./child.ts";
        await train(scenarios, process.argv[2]);`,
      resolveDir: here,
    },
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  return outfile;
}
