/** `node edge.js EDGE_RUNTIME DIRECTORY NAME...`: runs worker.js of a directory in the Edge Runtime and prints what it answers. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [, , path, directory, ...names] = process.argv;
const { EdgeRuntime } = createRequire(import.meta.url)(path);
// As Vercel and Next.js do: modules are compiled when a function is deployed, and each is a global of its name.
const modules = names.map((name) => [
  `wasm_${name}`,
  new WebAssembly.Module(readFileSync(`${directory}/${name}.wasm`)),
]);
const runtime = new EdgeRuntime({
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, Object.fromEntries(modules)),
  initialCode: readFileSync(`${directory}/worker.js`, "utf8"),
});
const response = await runtime.dispatchFetch("http://localhost/");
await response.waitUntil();
process.stdout.write(await response.text());
