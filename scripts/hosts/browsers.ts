/** Headless browsers of the system: a page runs the program and posts what it gives to a server of this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostCase } from "./cases.ts";
import { printed } from "./commands.ts";
import { NotInstalledError } from "../installed.ts";
import type { HostRun } from "./host-run.ts";
import { type Outputs, writeProgram } from "./program.ts";
import { removeProfile } from "./remove-profile.ts";

const PATIENCE = 120_000; // ms
const CHROMIUM = [
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run",
  "--disable-background-networking --disable-component-update --disable-sync",
].flatMap((line) => line.split(" "));

/** Settings of Firefox without requests of its own. */
const FIREFOX = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module">
const report = (what) => fetch("/report", { method: "POST", body: JSON.stringify(what) });
try {
  const { outputs } = await import("./program.js");
  await report({ outputs: outputs() });
} catch (error) {
  await report({ error: String(error.stack ?? error) });
}
</script>`;

export function inChromium(cases: readonly HostCase[]): Promise<HostRun> {
  const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return inBrowser("chromium", paths, cases, (profile) => [...CHROMIUM, `--user-data-dir=${profile}`]);
}

export function inFirefox(cases: readonly HostCase[]): Promise<HostRun> {
  return inBrowser("firefox", ["/usr/bin/firefox-esr", "/usr/bin/firefox"], cases, (profile) => {
    const lines = Object.entries(FIREFOX).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(profile, "user.js"), lines.join("\n"));
    return ["--headless", "--no-remote", "--profile", profile];
  });
}

async function inBrowser(
  name: string,
  paths: readonly string[],
  cases: readonly HostCase[],
  argsFor: (profile: string) => readonly string[],
): Promise<HostRun> {
  const command = paths.find((path) => existsSync(path));
  if (command === undefined) throw new NotInstalledError(`none of ${paths.join(", ")}`);
  const [version = ""] = /\d[\w.]*/.exec(await printed(command, ["--version"])) ?? [];
  const directory = await writeProgram(name, "browser", cases);
  const { server, report } = await serve(directory);
  const profile = mkdtempSync(join(tmpdir(), "lanegrad-browser-"));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(command, [...argsFor(profile), `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  try {
    const { outputs, error } = await Promise.race([report, exited(browser)]);
    if (outputs === undefined) throw new Error(error);
    return { version, outputs };
  } finally {
    server.closeAllConnections();
    server.close();
    if (browser.exitCode === null && browser.kill()) await once(browser, "exit");
    await removeProfile(profile);
  }
}

interface Report {
  readonly outputs?: Outputs;
  readonly error?: string;
}

async function exited(browser: ChildProcess): Promise<never> {
  const [code] = (await once(browser, "exit", { signal: AbortSignal.timeout(PATIENCE) })) as [number | null];
  throw new Error(`the browser must report before it ends; got exit code ${code}`);
}

/** Serves a directory. Every other .wasm file has a type that browsers refuse to stream, as servers without that type give it. */
async function serve(directory: string): Promise<{ readonly server: Server; readonly report: Promise<Report> }> {
  const { promise: report, resolve } = withResolvers<Report>();
  let files = 0;
  const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path === "/report") {
      void bodyOf(request).then((text) => resolve(JSON.parse(text) as Report));
      response.end();
    } else if (path === "/") {
      response.setHeader("Content-Type", types.html).end(PAGE);
    } else if (/^\/[\w-]+\.(js|wasm)$/.test(path) && existsSync(directory + path)) {
      const isWasm = path.endsWith(".wasm");
      const type = isWasm ? (files++ % 2 === 0 ? types.wasm : "application/octet-stream") : types.js;
      response.setHeader("Content-Type", type).end(readFileSync(directory + path));
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, report };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
