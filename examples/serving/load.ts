/**
 * A load test of server.ts: requests a second, latencies, and the server's memory after every tenth of the requests.
 * Run: npm run loadtest, which trains the model first
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { readDigits } from "../mnist/digits.ts";
import { startedDirectly } from "../support/direct.ts";
import { readSettings } from "../support/settings.ts";
import { table } from "../support/table.ts";

const FULL = { requests: 100_000, connections: 10 };
export const QUICK = { requests: 500, connections: 4 };
const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));

/** Starts the server in a process of its own, and ends it after `work`. */
async function whileServing<T>(program: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    const url = await Promise.race([once(createInterface(server.stdout), "line"), ended]);
    if (server.exitCode !== null) throw new Error(`load: ${program} must serve; it ended`);
    return await work(String(url));
  } finally {
    server.kill();
    await ended;
  }
}

async function memoryOf(url: string): Promise<number> {
  const { memory } = (await (await fetch(`${url}/health`)).json()) as { readonly memory: number };
  return memory;
}

export function run({ requests, connections } = FULL, program = SERVER) {
  const body = JSON.stringify({ pixels: Array.from(readDigits("t10k", 1).x.data) });
  return whileServing(program, async (url) => {
    const memory = [memoryOf(url)];
    const times: number[] = [];
    const result = await autocannon({
      url: `${url}/predict`,
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      connections,
      amount: requests,
      setupClient: (client) =>
        client.on("response", (_status, _bytes, time) => {
          if (times.push(time) % Math.ceil(requests / 10) === 0) memory.push(memoryOf(url));
        }),
    });
    times.sort((a, b) => a - b);
    const quantile = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? NaN;
    return {
      right: result["2xx"],
      wrong: result.non2xx + result.errors + result.timeouts,
      rate: result["2xx"] / result.duration,
      p50: quantile(0.5), // ms
      p99: quantile(0.99), // ms
      memory: (await Promise.all(memory)).map((bytes) => bytes / 1e6), // MB
    };
  });
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const { right, wrong, rate, p50, p99, memory } = await run(settings);
  console.log(`${right} requests answered, ${wrong} not, over ${settings.connections} connections\n`);
  table(["requests a second", "p50, ms", "p99, ms"], [[Math.round(rate), p50.toFixed(2), p99.toFixed(2)]]);
  table(
    ["requests", "memory, MB"],
    memory.map((megabytes, i) => [Math.round((settings.requests * i) / (memory.length - 1)), megabytes]),
    1,
  );
}
