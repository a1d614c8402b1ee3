import { statSync } from "node:fs";
import { build } from "esbuild";
import { folder } from "../program.ts";
import type { ColdStart } from "../subjects/subject.ts";

const PEERS = new URL("../peers/", import.meta.url);

/** Bytes of what a service takes along: its packages as one bundle, minified, the files that they load, and the weights. */
export async function bytesShipped({ ships }: ColdStart): Promise<number> {
  const { packages, files = [], weights } = ships;
  const beside = [
    ...files.map((file) => new URL(`node_modules/${file}`, PEERS)),
    ...weights.map((file) => new URL(file, folder)),
  ];
  return (await bundleSize(packages)) + beside.reduce((sum, file) => sum + statSync(file).size, 0);
}

async function bundleSize(packages: readonly string[]): Promise<number> {
  if (packages.length === 0) return 0;
  const isOwn = packages.includes("lanegrad");
  const { outputFiles } = await build({
    stdin: {
      contents: packages.map((name, i) => `import * as p${i} from "${name}"; console.log(p${i});`).join("\n"),
      resolveDir: (isOwn ? new URL("../../", import.meta.url) : PEERS).pathname,
    },
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    external: ["*.node"],
    logLevel: "error",
  });
  return outputFiles[0]?.contents.length ?? 0;
}
