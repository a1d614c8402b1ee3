import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test, vi } from "vitest";

test("the example of docs/sequences.md prints what it says", async () => {
  const [, example = ""] = /```ts\n([^]*?)```/.exec(readFileSync("docs/sequences.md", "utf8")) ?? [];
  const folder = resolve("build/docs");
  mkdirSync(folder, { recursive: true });
  const file = resolve(folder, "sequences.ts");
  writeFileSync(file, example);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await import(file);
    expect(log.mock.calls).toEqual([[1]]);
  } finally {
    log.mockRestore();
    rmSync(file);
  }
});
