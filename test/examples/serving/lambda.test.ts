import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDigits } from "../../../examples/mnist/digits.ts";
import { QUICK, run as writeModel } from "../../../examples/serving/digits.ts";
import { run as bundle } from "../../../examples/serving/lambda/bundle.ts";
import type { HttpEvent, HttpResult } from "../../../examples/serving/lambda/handler.ts";
import { copyOfServing, modelOf } from "./copy.ts";
import { WRONG, withPixels } from "./requests.ts";

const folder = copyOfServing("lambda");
/** Far from node_modules: what the bundle needs must be in it. */
const bare = mkdtempSync(join(tmpdir(), "lanegrad-lambda-"));
const { x, y } = readDigits("t10k", 20);
const digits = Array.from({ length: 20 }, (_, i) => withPixels(Array.from(x.data.subarray(i * 784, (i + 1) * 784))));
let sizes = { bytes: 0, gzip: 0 };
let model = 0;

beforeAll(async () => {
  const { exported } = await writeModel(QUICK, modelOf(folder));
  model = exported.wasm.length;
  sizes = await bundle(join(folder, "lambda/handler.ts"), join(bare, "index.mjs"));
});

afterAll(() => rmSync(bare, { recursive: true, force: true }));

/** The results of a handler in a process of its own. */
function handled(events: readonly HttpEvent[]): HttpResult[] {
  const code = `import { text } from "node:stream/consumers"; import { handler } from "./index.mjs";
    const results = JSON.parse(await text(process.stdin)).map((event) => handler(event));
    console.log(JSON.stringify(await Promise.all(results)));`;
  const options = { cwd: bare, input: JSON.stringify(events), encoding: "utf8", env: {} } as const;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", code], options)) as HttpResult[];
}

function event(body: string): HttpEvent {
  return { body, isBase64Encoded: false };
}

describe("the bundled Lambda handler", () => {
  test("has little beside the model", () => {
    expect(sizes.bytes).toBeLessThan((4 / 3) * model + 4000); // base64, and the handler
    expect(sizes.gzip).toBeLessThan(sizes.bytes);
  });

  test("classifies digits in a process that has nothing else", () => {
    const results = handled(digits.map(event));
    const found = results.map(({ statusCode, headers, body }, i) => {
      expect([statusCode, headers]).toEqual([200, { "content-type": "application/json" }]);
      const { digit, probabilities } = JSON.parse(body) as { digit: number; probabilities: number[] };
      expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1, 5);
      return digit === y.data[i];
    });
    expect(found.filter(Boolean).length).toBeGreaterThan(15);
  });

  test("reads bodies in base64, as API Gateway gives those of other types of content", () => {
    const [plain, coded] = handled([
      event(digits[0] ?? ""),
      { body: Buffer.from(digits[0] ?? "").toString("base64"), isBase64Encoded: true },
    ]);
    expect(coded).toEqual(plain);
  });

  test("refuses wrong bodies, and events without one", () => {
    const wrong = WRONG.filter(([, , status]) => status === 400); // API Gateway limits bodies
    const results = handled([...wrong.map(([, body]) => event(body)), { isBase64Encoded: false }]);
    results.forEach(({ statusCode, body }, i) => {
      expect(statusCode).toBe(400);
      expect((JSON.parse(body) as { error: string }).error).toMatch(wrong[i]?.[3] ?? /JSON/);
    });
    expect(results).toHaveLength(wrong.length + 1);
  });
});
