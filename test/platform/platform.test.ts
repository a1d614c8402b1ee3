import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { expect, test, vi } from "vitest";
import { platform as browser } from "../../src/platform/browser.ts";
import { platform as node } from "../../src/platform/node.ts";
import { binaryOf } from "../../src/runtime/binaries.ts";

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

test("a machine is named, on every platform", () => {
  const told = node.machine();
  expect(told).toEqual({
    host: `Node ${process.versions.node}`,
    processor: cpus()[0]?.model.trim(),
    memory: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
  });
  vi.stubGlobal("navigator", {
    userAgent: "Browser 1.0",
    platform: "Win32",
    userAgentData: { platform: "Windows" },
    deviceMemory: 8,
    hardwareConcurrency: 4,
  });
  const unknown = "not told by the host";
  expect(browser.machine()).toEqual({
    host: "Browser 1.0",
    processor: unknown,
    memory: 8 * 2 ** 30,
    system: "Windows",
  });
  expect(browser.cores()).toBe(4);
  vi.stubGlobal("navigator", undefined);
  expect(browser.machine()).toEqual({ host: unknown, processor: unknown, memory: undefined, system: unknown });
  expect(browser.cores()).toBe(1);
  vi.unstubAllGlobals();
});
