// Before every file of tests: what draws at random draws the same numbers at every run, so that no test fails by chance.
import { manualSeed } from "../src/runtime/random.ts";

manualSeed(1);
