/**
 * Writes the page to a folder that any server of files can serve, and serves it.
 * Run: npx tsx examples/serving/digits.ts && npx tsx examples/serving/page/build.ts, then open the address that it prints
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildContext, context } from "esbuild";
import { startedDirectly } from "../../support/direct.ts";

const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const PAGE = fileURLToPath(new URL("../../../build/page", import.meta.url));

/** Bundles the script of the page, and copies what it needs beside it. */
export async function run(source = SOURCE, folder = PAGE): Promise<BuildContext> {
  const script = await context({
    entryPoints: [join(source, "page/page.ts")],
    outfile: join(folder, "page.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
  });
  await script.rebuild();
  for (const file of ["page/index.html", "page/style.css", "model/digits.wasm"])
    copyFileSync(join(source, file), join(folder, file.replace(/.*\//, "")));
  return script;
}

if (startedDirectly(import.meta.url)) {
  const script = await run();
  const { port } = await script.serve({ servedir: PAGE, host: "127.0.0.1" });
  console.log(`http://127.0.0.1:${port}`);
}
