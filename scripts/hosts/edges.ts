/** Hosts that compile WebAssembly when a program is deployed, and refuse to compile bytes. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import type { HostCase } from "./cases.ts";
import { printed } from "./commands.ts";
import type { HostRun } from "./host-run.ts";
import { installed, nodeOf, versionIn } from "../installed.ts";
import { type Outputs, writeProgram } from "./program.ts";

const RUNNER = 24; // major version of the Node that starts both: miniflare needs 22

/** Whether bytes are refused, as this host says. */
const COMPILES = `
const compiles = () => {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return "compiled";
  } catch (error) {
    return \`\${error.name}: \${error.message}\`;
  }
};`;
const ANSWER = "new Response(JSON.stringify({ outputs: outputs(), compiles: compiles() }))";

interface Answer {
  readonly outputs: Outputs;
  readonly compiles: string;
}

export async function inWorkerd(cases: readonly HostCase[]): Promise<HostRun> {
  const miniflare = installed("miniflare", "miniflare@4", "node_modules/miniflare/dist/src/index.js");
  const directory = await writeProgram("workerd", "workerd", cases);
  const worker = `import { outputs } from "./program.js";${COMPILES}\nexport default { fetch: () => ${ANSWER} };\n`;
  writeFileSync(`${directory}/worker.js`, worker);
  const version = versionIn(resolve(miniflare, "../../../../workerd/package.json"));
  return answer(version, await printed(nodeOf(RUNNER), [resolve("scripts/hosts/workerd.js"), miniflare, directory]));
}

export async function inEdgeRuntime(cases: readonly HostCase[]): Promise<HostRun> {
  const runtime = installed("edge-runtime", "edge-runtime@4", "node_modules/edge-runtime/dist/index.js");
  const directory = await writeProgram("edge", "edge", cases);
  const entry = `import { outputs } from "./program.js";${COMPILES}
addEventListener("fetch", (event) => event.respondWith(${ANSWER}));`;
  await build({
    stdin: { contents: entry, resolveDir: directory },
    outfile: `${directory}/worker.js`,
    bundle: true,
    logLevel: "error",
    plugins: [
      {
        name: "wasm?module",
        setup(bundle) {
          bundle.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "wasm" }));
          bundle.onLoad({ filter: /.*/, namespace: "wasm" }, ({ path }) => ({
            contents: `export default globalThis["wasm_${/([\w-]+)\.wasm/.exec(path)?.[1]}"];`,
          }));
        },
      },
    ],
  });
  const version = versionIn(resolve(runtime, "../../package.json"));
  const args = [resolve("scripts/hosts/edge.js"), runtime, directory, ...cases.map(({ name }) => name)];
  return answer(version, await printed(nodeOf(RUNNER), args));
}

function answer(version: string, text: string): HostRun {
  const { outputs, compiles } = JSON.parse(text) as Answer;
  if (!compiles.startsWith("CompileError")) throw new Error(`the host must refuse to compile bytes; got ${compiles}`);
  return { version, outputs };
}
