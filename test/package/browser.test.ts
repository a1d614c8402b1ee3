import { execFileSync, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { removeProfile } from "../../scripts/hosts/remove-profile.ts";
import { CHROMIUM } from "../chromium.ts";

const FLAGS = [
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run",
  "--disable-background-networking --disable-component-update --disable-sync",
].flatMap((line) => line.split(" "));
const PATIENCE = 60_000; // ms

/**
 * Trains XOR, in events on augmented samples and on a stream too, and a network of MNIST's size, predicts, writes a file, reads it and a
 * table from Blobs, and reports states, losses, predictions and backend as text.
 */
const PROGRAM = `
configure({ reproducible: true });
manualSeed(42);
const model = nn.sequential(nn.linear(2, 10), nn.sigmoid(), nn.dropout(0.1), nn.linear(10, 1), nn.sigmoid());
const trainer = new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.adam({ lr: 0.1 }) });
const xor = data.fromArrays([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]);
await trainer.fit(xor, { epochs: 500, progress: false });
const digits = nn.sequential(nn.linear(784, 128), nn.relu(), nn.linear(128, 10), nn.softmax());
const pixels = tensor(Float32Array.from({ length: 20 * 784 }, (_, i) => (i % 17) / 17), [20, 784]);
const classes = tensor(Int32Array.from({ length: 20 }, (_, i) => i % 10));
const learner = new Trainer(digits, { loss: nn.nllLoss(), optimizer: optim.adam() });
const turn = () => new Promise((resolve) => setTimeout(resolve, 5)); // workers start while the page waits
for (let i = 0; backend().threads > 1 && i < 2000 && globalThis.sharedRuns?.() === 0; i++) {
  digits.predict(pixels);
  await turn();
}
for (let step = 0; step < 10; step++) learner.step(pixels, classes);
const read = await readSafetensors(new Blob([toSafetensors(model.stateDict(), { metadata: { task: "xor" } })]));
const refused = await readSafetensors(new Blob(["no file"])).catch((error) => error instanceof FormatError);
const noisy = data.augment(xor, [data.transforms.noise(0.1)], { seed: 3 });
const losses = [];
const small = new Trainer(nn.sequential(nn.linear(2, 4), nn.tanh(), nn.dropout(0.1), nn.linear(4, 1)), {
  loss: nn.mseLoss(),
  optimizer: optim.adam(),
});
for await (const event of small.events(noisy, { epochs: 3, batchSize: 3 })) {
  if (event.type === "step" || event.type === "epoch") losses.push(event.type, event.loss);
  if (event.type === "epoch" && event.epoch === 2) break;
}
async function* samples() {
  for (let i = 0; i < 8; i++) yield { x: [i % 2, i % 3], y: [i % 2] };
}
const streamed = data.stream(samples, { batchSize: 3, shuffleBuffer: 4, seed: 5 });
const { epochs } = await small.fit(streamed, { epochs: 2, validation: noisy, progress: false, callbacks: [earlyStopping()] });
losses.push(...epochs.flatMap(({ loss, validation }) => [loss, validation.loss]));
const rows = await readCsv(new Blob(["age,job\\n30,nurse\\n,clerk\\n"]));
const bytes = ({ data }) => Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
report(JSON.stringify({
  xor: Array.from(model.predict(xor.x).data, Math.round),
  state: Object.entries(model.stateDict()).map(([name, each]) => [name, bytes(each)]),
  read: Object.entries(read).map(([name, each]) => [name, each instanceof Tensor ? bytes(each) : "no tensor"]),
  refused,
  losses,
  rows,
  digits: bytes(digits.predict(pixels)),
  backend: backend(),
  sharedRuns: globalThis.sharedRuns?.(),
}));`;
const NAMES =
  "{ FormatError, Tensor, Trainer, backend, configure, data, earlyStopping, manualSeed, nn, optim, tensor }";
const FILES = "{ readSafetensors, toSafetensors }";
const TABLES = "{ readCsv }";
/** What a page must know of packages: where csv-parse is. */
const PEERS = { imports: { "csv-parse/browser/esm": "/node_modules/csv-parse/dist/esm/index.js" } };

const PAGE = `<!doctype html><meta charset="utf-8"><script type="importmap">${JSON.stringify(PEERS)}</script>
<script type="module">
const report = (text) => fetch("/report", { method: "POST", body: text });
let sharedRuns = 0;
globalThis.sharedRuns = () => sharedRuns;
const { notify } = Atomics;
Atomics.notify = (...given) => (sharedRuns++, notify(...given)); // each run wakes the workers that share it
addEventListener("unhandledrejection", ({ reason }) => report(String(reason.stack)));
addEventListener("error", ({ message }) => report(message));
const ${NAMES} = await import("/build/esm/browser.js");
const ${FILES} = await import("/build/esm/io-browser.js");
const ${TABLES} = await import("/build/esm/data-browser.js");
${PROGRAM}
</script>`;

type Entry = readonly [name: string, bytes: readonly number[]];
interface Report {
  readonly xor: readonly number[];
  readonly state: readonly Entry[];
  readonly read: readonly Entry[];
  readonly refused: unknown;
  readonly losses: readonly unknown[];
  readonly rows: unknown;
  readonly digits: unknown;
  readonly backend: { readonly threads: number; readonly why: readonly string[] };
  readonly sharedRuns: number;
}

/** Serves the page and the built package; `reported` is called with what the page reports. */
function serve(headers: Readonly<Record<string, string>>, reported: (text: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (path === "/report") {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => reported(text));
      response.end();
    } else if (path === "/") {
      response.setHeader("Content-Type", "text/html").end(PAGE);
    } else if (/^\/build\/(esm|cjs)\/[\w-]+\.js$/.test(path) || Object.values(PEERS.imports).includes(path)) {
      response.setHeader("Content-Type", "text/javascript").end(readFileSync(resolve(`.${path}`)));
    } else {
      response.writeHead(404).end();
    }
  });
  return new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(server)));
}

async function inChromium(headers: Readonly<Record<string, string>>): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "lanegrad-chromium-"));
  const reports = new EventEmitter();
  const server = await serve(headers, (text) => reports.emit("report", text));
  const { port } = server.address() as AddressInfo;
  const args = [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`];
  const browser = spawn(CHROMIUM ?? "", args, { stdio: "ignore" });
  const ended = once(browser, "exit");
  try {
    const [report] = (await once(reports, "report", { signal: AbortSignal.timeout(PATIENCE) })) as [string];
    return report;
  } finally {
    server.closeAllConnections();
    server.close();
    if (browser.kill()) await ended;
    await removeProfile(profile);
  }
}

function inNode(): Report {
  const program = `import ${NAMES} from "./build/esm/index.js"; import ${FILES} from "./build/esm/io.js"; import ${TABLES} from "./build/esm/data.js"; const report = console.log;${PROGRAM}`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }),
  ) as Report;
}

const SKIPPED = CHROMIUM === undefined ? ", skipped: it is not installed (apt-get install chromium)" : "";

describe.skipIf(CHROMIUM === undefined)(`in headless Chromium${SKIPPED}`, () => {
  // These headers let a page share memory with workers.
  const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  test.each([
    ["a page on one thread", {}, "1 thread: this browser runs programs on one"],
    ["an isolated page on several threads", isolated, /^\d+ threads, one for each core/],
  ])("%s trains and predicts to the bits of Node", async (_, headers, why) => {
    const text = await inChromium(headers);
    const report = JSON.parse(text.startsWith("{") ? text : JSON.stringify({ text })) as Report;
    const { backend, sharedRuns, ...results } = report;
    const { backend: _backend, ...expected } = inNode();
    expect(results).toEqual(expected);
    expect(Object.fromEntries(results.read)).toEqual(Object.fromEntries(results.state));
    expect(results.refused).toBe(true);
    expect(results.losses.length).toBe(2 * 3 * 2 + 4);
    expect(results.rows).toEqual([
      { age: 30, job: "nurse" },
      { age: null, job: "clerk" },
    ]);
    expect(results.xor).toEqual([0, 1, 1, 0]);
    expect(backend.why.at(-1)).toMatch(why);
    expect(sharedRuns > 0).toBe(backend.threads > 1);
  });
});
