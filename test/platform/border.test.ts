import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { platform as browser } from "../../src/platform/browser.ts";
import { platform as node } from "../../src/platform/node.ts";
import { binaryOf } from "../../src/runtime/binaries.ts";

/** What Node alone has; `Buffer` is also a class of modules here. */
const OF_NODE = /["']node:|\bprocess\.|\bsetImmediate\b|\bBuffer\.(from|alloc|concat)\b|\brequire\(/;

test("only src/platform knows of Node", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const elsewhere = files.filter((file) => !file.startsWith("platform"));
  expect(elsewhere.length).toBeGreaterThan(100);
  expect(elsewhere.filter((file) => OF_NODE.test(readFileSync(join("src", file), "utf8")))).toEqual([]);
});

test("the kernels unpack to what was compiled, on every platform", () => {
  for (const build of ["strict", "relaxed"] as const) {
    expect(Buffer.compare(binaryOf(build), readFileSync(`build/kernels/${build}.wasm`))).toBe(0);
  }
  for (const platform of [node, browser]) {
    expect(new TextDecoder().decode(platform.inflate("y0nMS00vSkwBAA==", 8))).toBe("lanegrad");
  }
});

test("a turn of the event loop passes, so that timers run", async () => {
  for (const platform of [node, browser]) {
    const rang = vi.fn<() => void>();
    setTimeout(rang, 0);
    const end = performance.now() + 1000;
    while (rang.mock.calls.length === 0 && performance.now() < end) await platform.nextTurn();
    expect(rang).toHaveBeenCalledOnce();
  }
});
