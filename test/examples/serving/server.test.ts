import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readDigits } from "../../../examples/mnist/digits.ts";
import { QUICK as MODEL, run as writeModel } from "../../../examples/serving/digits.ts";
import { QUICK, run as load } from "../../../examples/serving/load.ts";
import { copyOfServing, modelOf } from "./copy.ts";
import { WRONG, withPixels } from "./requests.ts";

const folder = copyOfServing("server");
const program = join(folder, "server.ts");
const { x, y } = readDigits("t10k", 20);
let child: ChildProcess;
let url = "";

/** Starts the server as a process. */
async function start(): Promise<void> {
  const server = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(server.stdout), "line")) as [string];
  [child, url] = [server, line];
}

function ask(body: string, type = "application/json"): Promise<Response> {
  return fetch(`${url}/predict`, { method: "POST", body, headers: { "content-type": type } });
}

beforeAll(async () => {
  await writeModel(MODEL, modelOf(folder));
  await start();
});

afterAll(() => void child.kill());

describe("the server", () => {
  test("answers with what the exported module predicts", async () => {
    const { predict } = (await import(pathToFileURL(join(modelOf(folder), "digits.node.mjs")).href)) as {
      predict: (input: Float32Array) => Float32Array;
    };
    let right = 0;
    for (let i = 0; i < 20; i++) {
      const pixels = x.data.slice(i * 784, (i + 1) * 784);
      const response = await ask(withPixels(Array.from(pixels)));
      expect(response.status).toBe(200);
      const { digit, probabilities } = (await response.json()) as { digit: number; probabilities: number[] };
      expect(Float32Array.from(probabilities)).toEqual(predict(Float32Array.from(pixels)));
      expect(probabilities[digit]).toBe(Math.max(...probabilities));
      right += Number(digit === y.data[i]);
    }
    expect(right).toBeGreaterThan(15);
  });

  test.each(WRONG)("refuses %s", async (_, body, status, reason) => {
    const response = await ask(body);
    expect(response.status).toBe(status);
    const { message } = (await response.json()) as { message: string };
    expect(message).toMatch(reason);
  });

  test("refuses what its schema does not name, other types of content and other paths", async () => {
    expect((await ask(JSON.stringify({ pixels: Array(784).fill(0), other: 1 }))).status).toBe(400);
    expect((await ask(withPixels(Array(784).fill(0)), "application/xml")).status).toBe(415);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    const health = (await (await fetch(`${url}/health`)).json()) as object;
    expect(health).toEqual({ status: "ok", memory: expect.any(Number) as number });
  });

  // On Windows no process can send another the signal: `kill` ends it at once.
  test.skipIf(process.platform === "win32")("answers what it has begun after SIGTERM, then ends", async () => {
    const headers = { "content-type": "application/json", expect: "100-continue" };
    const begun = request(`${url}/predict`, { method: "POST", headers });
    begun.flushHeaders();
    await once(begun, "continue"); // the server has read the head of the request and waits for the body
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed"), { timeout: 10_000 });
    begun.end(withPixels(Array(784).fill(0)));
    const [response] = (await once(begun, "response")) as [import("node:http").IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([200, "close"]);
    expect(await json(response)).toHaveProperty("digit");
    expect(await ended).toEqual([0, null]);
  });
});

test("the load test counts answers, and measures times and memory", async () => {
  const { right, wrong, rate, p50, p99, memory } = await load(QUICK, program);
  expect([right, wrong]).toEqual([QUICK.requests, 0]);
  expect(rate).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(p50).toBeGreaterThan(0);
  expect(memory).toHaveLength(11);
  expect(Math.min(...memory)).toBeGreaterThan(10); // MB: Node alone has more
});
