import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const FOLDER = "test/kernels";

/** Exports without numbers of their own: how threads wait. Tests of threads run them. */
const WAITING = new Set(["awaitChange", "barrier", "stillWaiting"]);

/** Names that a test of kernels calls or has as a string, with those that it puts together as `${name}Gradient`. */
function namesIn(text: string): string[] {
  const own = [...text.matchAll(/\bkernels\s*\.\s*(\w+)|"(\w+)"/g)].map(([, called, quoted]) => called ?? quoted);
  const endings = [...text.matchAll(/`\$\{\w+\}([A-Z]\w*)`/g)].map(([, ending]) => ending);
  return own.flatMap((name) => ["", ...endings].map((ending) => `${name}${ending}`));
}

test("every kernel is called where kernels are compared with scalar references", async () => {
  const module = await WebAssembly.compile(readFileSync("build/kernels/strict.wasm"));
  const kernels = WebAssembly.Module.exports(module).filter(
    ({ kind, name }) => kind === "function" && !WAITING.has(name),
  );
  expect(kernels.length).toBeGreaterThan(200);
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const known = new Set(files.flatMap((file) => namesIn(readFileSync(join(FOLDER, file), "utf8"))));
  expect(kernels.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
});
