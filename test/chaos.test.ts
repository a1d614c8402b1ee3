import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../scripts/chaos/bundle.ts";
import { type Outcome, chaos } from "../scripts/chaos/chaos.ts";
import { scenarios } from "./chaos/faults.ts";

let program: string;
beforeAll(async () => {
  program = await bundle(fileURLToPath(new URL("chaos/faults.ts", import.meta.url)), "faults");
});

async function outcomeOf(name: string, kills: number): Promise<Outcome | undefined> {
  const chosen = scenarios.filter((each) => each.name === name);
  const [outcome] = await chaos({
    scenarios: chosen,
    program,
    nodes: [process.execPath],
    kills,
    seed: 5,
    limit: 10_000,
  });
  return outcome;
}

test("a training that is killed and resumed leaves the same bits", async () => {
  const outcome = await outcomeOf("sound", 6);
  expect(outcome?.failure).toBeUndefined();
  expect(outcome?.kills).toBeGreaterThanOrEqual(6);
  expect(outcome?.resumes).toBeGreaterThan(0);
});

describe("the harness finds", () => {
  test.each([
    ["other weights", /^step \d+ after a checkpoint of step \d+ must be "\d+ \d+ [\d.e-]+"; got "\d+ \d+ [\d.e-]+"$/],
    ["other averages", /^\d+ of \d+ values differ, first left\./],
    ["more draws", /^\d+ of \d+ values differ, first left\./],
    ["no warnings", /^a warning must name step-\d+\.safetensors, which was damaged; got ""$/],
    ["error", /ended with code 1; it said ".*Error: what a callback throws"$/],
    ["endless", /^a process must end within 10 s; got none that did$/],
  ])("%s", async (name, message) => {
    const outcome = await outcomeOf(name, 100);
    expect(outcome?.failure?.message).toMatch(message);
  });

  // On Windows no process can send another these signals.
  test.skipIf(process.platform === "win32")("no signals", async () => {
    const outcome = await outcomeOf("no signals", 100);
    expect(outcome?.failure?.message).toMatch(/ended with code 0|must leave a checkpoint of it/);
  });
});
