/** The workers of examples/serving: they answer in workerd as their handlers do in Node. */
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";
import { readDigits } from "../../examples/mnist/digits.ts";
import { QUICK as DIGITS, run as writeDigits } from "../../examples/serving/digits.ts";
import { extract } from "../../examples/serving/sentences/extractor.ts";
import { QUICK as SPAM, run as writeSpam } from "../../examples/serving/sentences/train.ts";
import { printed } from "./commands.ts";
import { installed, nodeOf } from "../installed.ts";

const NODE = 24; // major version of the Node that starts workerd: miniflare needs 22

/** A request to a worker. */
interface Asked {
  readonly path: string;
  readonly body: string;
}

/** Runs the workers in workerd and in this process. @throws Error where an answer differs */
export async function checkServing(folder = resolve("build/hosts/serving")): Promise<string> {
  const miniflare = installed("miniflare", "miniflare@4", "node_modules/miniflare/dist/src/index.js");
  rmSync(folder, { recursive: true, force: true });
  await writeDigits(DIGITS, join(folder, "model"));
  await writeSpam(SPAM, join(folder, "model"));
  const { x } = readDigits("t10k", 5);
  const pixels = Array.from({ length: 5 }, (_, i) => Array.from(x.data.subarray(i * 784, (i + 1) * 784)));
  const { data } = await extract(["Free money, click here!", "The patch fixes the build"]);
  const vectors = [0, 1].map((i) => Array.from(data.subarray(i * 384, (i + 1) * 384)));
  const asked = {
    worker: [...pixels.map((each) => request("/predict", { pixels: each })), request("/predict", { pixels: [1] })],
    sentences: [...vectors.map((each) => request("/classify", { vector: each })), request("/classify", null)],
  };
  let answers = 0;
  for (const [name, requests] of Object.entries(asked)) {
    const entry = name === "worker" ? "worker/index.ts" : "sentences/worker.ts";
    const there = await inWorkerd(miniflare, join(folder, name), entry, folder, requests);
    const here = await inProcess(join(folder, `${name}-node`), entry, folder, requests);
    if (!isDeepStrictEqual(there, here))
      throw new Error(
        `${entry} must answer in workerd as in Node; got ${JSON.stringify(there)}, not ${JSON.stringify(here)}`,
      );
    answers += requests.length;
  }
  return `${answers} answers of the workers of examples/serving are those of Node`;
}

function request(path: string, body: unknown): Asked {
  return { path, body: JSON.stringify(body) };
}

/** Bundles a worker with the module of a host in place of that of workerd; the .wasm file stays beside it. */
async function bundle(outfile: string, entry: string, folder: string, host: string): Promise<void> {
  await build({
    entryPoints: [`examples/serving/${entry}`],
    outfile,
    bundle: true,
    format: "esm",
    external: ["*.wasm", "node:*"],
    logLevel: "error",
    plugins: [
      {
        name: "model",
        setup: (bundle) =>
          bundle.onResolve({ filter: /\.workerd\.js$/ }, ({ path }) => ({
            path: join(
              folder,
              path.replace("../", "").replace("workerd.js", host === "node" ? "node.mjs" : `${host}.js`),
            ),
          })),
      },
    ],
  });
  for (const name of ["digits", "spam"])
    copyFileSync(join(folder, `model/${name}.wasm`), join(outfile, `../${name}.wasm`));
}

async function inWorkerd(
  miniflare: string,
  directory: string,
  entry: string,
  folder: string,
  requests: readonly Asked[],
): Promise<unknown> {
  await bundle(join(directory, "worker.js"), entry, folder, "workerd");
  writeFileSync(join(directory, "requests.json"), JSON.stringify(requests));
  return JSON.parse(await printed(nodeOf(NODE), [resolve("scripts/hosts/serving.js"), miniflare, directory]));
}

async function inProcess(
  directory: string,
  entry: string,
  folder: string,
  requests: readonly Asked[],
): Promise<unknown> {
  await bundle(join(directory, "worker.js"), entry, folder, "node");
  const worker = (await import(pathToFileURL(join(directory, "worker.js")).href)) as {
    readonly default: { fetch(request: Request): Promise<Response> };
  };
  const answers = [];
  for (const { path, body } of requests) {
    const response = await worker.default.fetch(new Request(`http://localhost${path}`, { method: "POST", body }));
    answers.push({ status: response.status, answer: await response.json() });
  }
  return answers;
}
