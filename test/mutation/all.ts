/** The tests that mutants must not survive, in one file: each mutant starts one thread, not one for each file. */
import { readdirSync } from "node:fs";
import { beforeEach, describe } from "vitest";
import { manualSeed } from "../../src/runtime/random.ts";

/** Folders and files, those first that find most mutants in least time. */
const PLACES = [
  "train/trainer",
  "train/update",
  "train/objective",
  "nn/module/",
  "train/",
  "graph/",
  "memory/",
  "autodiff/",
  "runtime/",
  "ops/ranges",
  "optim/averaged-model",
  "optim/group",
  "nn/prune",
  "nn/dropout/monte-carlo",
  "nn/dropout/concrete-dropout",
  "nn/recurrent/lengths",
];

/** Files that start processes of their own, or try all wrong arguments in turn. */
const LONG = /^(runtime\/(wide|backend|shared)|train\/wrong-kinds)\b/;

/** Tests of half a second and more, which a thousand mutants cannot afford. */
const SLOW = [
  /^(large models that are dropped|a loop that never lets|so does a loop of short|what is alive|1,000 models)/,
  /^(is bounded by the bytes|a state dict with missing|a GAN of two|masks are soft|the same numbers on 1 and 3)/,
  /(give the same bits, reproducible|and averages|the middle of the work|without shared memory|no process alive)/,
];

beforeEach(({ skip, task }) => {
  skip(
    SLOW.some((names) => names.test(task.name)),
    "slow",
  );
});

const all = readdirSync("test", { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".test.ts") && !LONG.test(file),
);
const files = new Set(PLACES.flatMap((place) => all.filter((file) => file.startsWith(place)).toSorted()));
for (const file of files) {
  describe(`tests of ${file}`, async () => {
    manualSeed(1);
    await import(/* @vite-ignore */ `../${file}`);
  });
}
