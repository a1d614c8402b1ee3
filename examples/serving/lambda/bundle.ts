/**
 * Bundles handler.ts to build/lambda/index.mjs, prints its size, and how long a new Node process needs from its start to the first
 * answer beside a process that does nothing. Run: npx tsx examples/serving/digits.ts && npx tsx examples/serving/lambda/bundle.ts
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { startedDirectly } from "../../support/direct.ts";
import { table } from "../../support/table.ts";

const HANDLER = fileURLToPath(new URL("handler.ts", import.meta.url));
const RUNS = 41;
const BUNDLE = fileURLToPath(new URL("../../../build/lambda/index.mjs", import.meta.url));

/** Bundles a handler into one file, which imports nothing but modules of Node, and returns its sizes in bytes. */
export async function run(handler = HANDLER, outfile = BUNDLE) {
  await build({
    entryPoints: [handler],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const bytes = readFileSync(outfile);
  return { bytes: bytes.length, gzip: gzipSync(bytes).length };
}

/** The time of a new Node process that runs a file, in milliseconds. */
function start(file: string): number {
  const before = performance.now();
  execFileSync(process.execPath, [file]);
  return performance.now() - before;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

if (startedDirectly(import.meta.url)) {
  const { bytes, gzip } = await run();
  const event = { body: JSON.stringify({ pixels: Array(784).fill(0.5) }), isBase64Encoded: false };
  const [idle, asking] = [join(dirname(BUNDLE), "idle.mjs"), join(dirname(BUNDLE), "asking.mjs")];
  writeFileSync(idle, "");
  writeFileSync(asking, `import { handler } from "./index.mjs";\nawait handler(${JSON.stringify(event)});\n`);
  // In turn, because the load of a machine changes.
  const times = Array.from({ length: RUNS }, () => [start(idle), start(asking)] as const);
  const [bare, answering] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))];
  table(["file", "kB", "gzip, kB"], [["index.mjs", bytes / 1e3, gzip / 1e3]], 1);
  table(
    ["new process", `median of ${RUNS}, ms`],
    [
      ["does nothing", bare],
      ["answers one event", answering],
      ["difference", answering - bare],
    ],
    1,
  );
}
