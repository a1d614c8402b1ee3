/** Trains a network with dropout on the MNIST digits. Run: npm start; its options: npm start -- --help */
import process from "node:process";
import { configure } from "lanegrad";
import { printComparison } from "./mnist/compare.ts";
import { loadDigits } from "./mnist/digits.ts";
import { readOptions, requireBatchWithin } from "./mnist/options.ts";
import { introduction, runReport, testReport } from "./mnist/report.ts";
import { type Training, profileOf, train } from "./mnist/training.ts";

const options = readOptions();
const { batch, compare, p, limit, threads, wide } = options;
configure({ ...(threads && { threads }), ...(wide && { wide }) });
const interrupt = new AbortController();
const onInterrupt = (): void => interrupt.abort();
process.once("SIGINT", onInterrupt); // a second Ctrl-C ends the process

const digits = loadDigits(limit);
requireBatchWithin(options, digits.training.length);
console.log(`${introduction(options, digits)}\n`);

const trainings: Training[] = [];
for (const each of compare ? [0, p] : [p]) {
  if (compare) console.log(each === 0 ? "Without dropout" : `\nWith dropout ${each}`);
  trainings.push(await train(digits, { ...options, p: each }, interrupt.signal));
  if (interrupt.signal.aborted) break;
}
process.off("SIGINT", onInterrupt);

const colours = process.stdout.isTTY && process.stdout.hasColors(256);
if (compare) {
  console.log();
  printComparison(trainings, digits);
} else {
  for (const training of trainings) console.log(`\n${testReport(training, digits.test, colours)}\n`);
}
console.log(runReport(trainings));
const last = trainings.at(-1);
if (options.profile && last) console.log(`\n${String(profileOf(last, digits.training, batch))}`);
if (interrupt.signal.aborted) process.exitCode = 130; // 128 and the number of SIGINT
