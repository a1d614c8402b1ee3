import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backend, configure } from "../../src/index.ts";
import { kernels } from "../../src/runtime/engine.ts";
import { shareEveryRun } from "../../src/runtime/runner.ts";
import { DROPOUT } from "./dropout.ts";
import { type Family, NOT_FINITE, outcomeOf } from "./family.ts";
import { LAYERS } from "./layers.ts";
import { LOSSES } from "./losses.ts";
import { OPERATIONS } from "./operations.ts";
import { SharedRuns, inTurns, onThreads } from "./shared-runs.ts";
import { SMALL_WEIGHTS } from "./small-weights.ts";
import { UPDATES } from "./updates.ts";

const FAMILIES = [...LAYERS, ...DROPOUT, ...LOSSES, ...UPDATES, ...OPERATIONS, ...SMALL_WEIGHTS];

/** Exports that programs do not call: how threads wait, initial values, and what tests compare with. */
const OUTSIDE = new Set(["awaitChange", "barrier", "matmulReference", "memory", "normal", "stillWaiting"]);

const runs = new SharedRuns();
const alone = inTurns(runs, 1, [0]);
const threadsMeeting = onThreads(runs);
const met = new Set<string>();

interface Reference {
  readonly outcome: Record<string, string>;
  /** How many runs made it. */
  readonly count: number;
}

const references = new Map<string, Reference>();

/** What a family gives on one thread, by the kernels that are in force. */
async function referenceOf(family: Family): Promise<Reference> {
  const key = `${family.name}, ${backend().kernels}`;
  const known = references.get(key);
  if (known) return known;
  shareEveryRun(alone);
  runs.reset();
  const reference = { outcome: await outcomeOf(family), count: runs.count };
  references.set(key, reference);
  return reference;
}

const WAYS = [
  { threads: 2, reproducible: false, ways: [threadsMeeting] },
  { threads: 3, reproducible: true, ways: [threadsMeeting] },
  {
    threads: 4,
    reproducible: false,
    ways: [threadsMeeting, inTurns(runs, 4, [0, 1, 2, 3]), inTurns(runs, 4, [3, 2, 1, 0])],
  },
];

describe.each(WAYS)("$threads threads give the bits of one, reproducible $reproducible", (settings) => {
  const { threads, reproducible, ways } = settings;
  beforeAll(() => configure({ threads, reproducible }));
  afterAll(() => {
    shareEveryRun(undefined);
    configure({ threads: "auto", reproducible: false });
  });

  test.each(FAMILIES)("$name", async (family) => {
    const { outcome, count } = await referenceOf(family);
    // A forward pass, a backward one, and two steps.
    expect(count).toBeGreaterThanOrEqual(4);
    expect(Object.values(outcome)).not.toContain(NOT_FINITE);
    for (const way of ways) {
      shareEveryRun(way);
      runs.reset();
      expect(await outcomeOf(family)).toEqual(outcome);
      expect(runs.count).toBe(count);
      expect(backend().threads).toBe(threads);
    }
    for (const kernel of runs.kernels) met.add(kernel);
  });
});

test("there is a family for every kernel, and each has a name of its own", () => {
  const known = Object.keys(kernels()).filter((name) => !OUTSIDE.has(name));
  expect(known.filter((name) => !met.has(name))).toEqual([]);
  expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
});
