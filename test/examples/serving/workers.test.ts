/** The workers in Node: their handlers are the same, and so is the model. `npm run hosts` runs them in workerd. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { readDigits } from "../../../examples/mnist/digits.ts";
import { QUICK as DIGITS, run as writeDigits } from "../../../examples/serving/digits.ts";
import { extract } from "../../../examples/serving/sentences/extractor.ts";
import { QUICK as SPAM, run as writeSpam } from "../../../examples/serving/sentences/train.ts";
import { copyOfServing, modelOf } from "./copy.ts";
import { WRONG, withPixels } from "./requests.ts";

interface Worker {
  readonly default: { fetch(request: Request): Promise<Response> };
}

const folder = copyOfServing("workers");

/** A worker, whose module of workerd is replaced by that of Node. */
async function workerOf(path: string, model: string): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  copyFileSync(join(modelOf(folder), `${model}.node.mjs`), join(modelOf(folder), `${model}.workerd.js`));
  const worker = (await import(pathToFileURL(join(folder, path)).href)) as Worker;
  return (path, init) => worker.default.fetch(new Request(`http://localhost${path}`, init));
}

describe("the worker of the digits", () => {
  let ask: Awaited<ReturnType<typeof workerOf>>;
  beforeAll(async () => {
    await writeDigits(DIGITS, modelOf(folder));
    ask = await workerOf("worker/index.ts", "digits");
  });

  test("classifies digits", async () => {
    const { x, y } = readDigits("t10k", 20);
    let right = 0;
    for (let i = 0; i < 20; i++) {
      const body = withPixels(Array.from(x.data.subarray(i * 784, (i + 1) * 784)));
      const response = await ask("/predict", { method: "POST", body });
      expect(response.status).toBe(200);
      const { digit, probabilities } = (await response.json()) as { digit: number; probabilities: number[] };
      expect(probabilities[digit]).toBe(Math.max(...probabilities));
      right += Number(digit === y.data[i]);
    }
    expect(right).toBeGreaterThan(15);
  });

  test.each(WRONG)("refuses %s", async (_, body, status, reason) => {
    const response = await ask("/predict", { method: "POST", body });
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toMatch(reason);
  });

  test("refuses other paths, other methods and empty bodies", async () => {
    expect((await ask("/")).status).toBe(404);
    expect((await ask("/predict")).status).toBe(405);
    expect((await ask("/predict", { method: "POST" })).status).toBe(400);
  });

  test("does not read on where a body is too large", async () => {
    let sent = 0;
    const part = new Uint8Array(10_000).fill(0x20);
    const body = new ReadableStream<Uint8Array>({ pull: (to) => (sent++ < 1000 ? to.enqueue(part) : to.close()) });
    const response = await ask("/predict", { method: "POST", body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(10);
  });
});

describe("the worker of sentence vectors", () => {
  let ask: Awaited<ReturnType<typeof workerOf>>;
  let written: Awaited<ReturnType<typeof writeSpam>>;
  beforeAll(async () => {
    written = await writeSpam(SPAM, modelOf(folder));
    ask = await workerOf("sentences/worker.ts", "spam");
  });

  test("has a head of at most 30 kB, which knows spam", () => {
    expect(written.exported.wasm.length).toBeLessThanOrEqual(30_000);
    expect(written.accuracy).toBeGreaterThan(0.85); // 69 % are no spam
  });

  test("classifies vectors of the extractor", async () => {
    const texts = [
      "Earn money from home! Click here, 100% free, no risk, order now!!! Limited offer, $$$ guaranteed",
      "I wrote a patch for the kernel module; the mailing list says that the function returns the wrong pointer",
    ];
    const { dims, data } = await extract(texts);
    expect(dims).toEqual([2, 384]);
    const [spam = NaN, ham = NaN] = await Promise.all(
      texts.map(async (_, i) => {
        const vector = Array.from(data.subarray(i * 384, (i + 1) * 384));
        expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
        const response = await ask("/classify", { method: "POST", body: JSON.stringify({ vector }) });
        return ((await response.json()) as { spam: number }).spam;
      }),
    );
    expect(spam).toBeGreaterThan(0.5);
    expect(ham).toBeLessThan(0.5);
  });

  test("refuses other vectors", async () => {
    for (const vector of [[], Array(383).fill(0), Array(384).fill(2), Array(384).fill(null), "vector"]) {
      const response = await ask("/classify", { method: "POST", body: JSON.stringify({ vector }) });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { error: string }).error).toMatch(/vector/);
    }
  });
});
