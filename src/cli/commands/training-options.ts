import { InvalidArgumentError, Option } from "commander";
import { numberWithin, positiveNumber, wholeNumber } from "../arguments.ts";
import { ACTIVATION_NAMES, KERNELS, NORMS, OPTIMIZER_NAMES, SCHEDULES, TASKS } from "../recipe/names.ts";
import { readingOptions } from "./shared-options.ts";

const [DATA, MODEL, LEARNING] = ["Data:", "Model:", "Learning:"];

/** Options of commands that read rows to learn from; `DataOptions` has their values. */
export function dataOptions(): readonly Option[] {
  return [
    new Option("-t, --target <column>", 'the column that is predicted (default: "label" beside images)'),
    new Option("--task <task>", "whether the target is classes or a number (default: by its values)")
      .choices(TASKS)
      .argParser(oneOf(TASKS)),
    new Option("--schema <file>", "what columns become, as JSON: lanegrad info DATA --schema prints it, to be edited"),
    new Option("--validation <share>", "share of the rows that choose the best epoch, or a file of them")
      .argParser(shareOrFile)
      .default(0.2),
    new Option("--test <share>", "share of the rows that are kept for a last test").argParser(share).default(0),
    new Option("--group <column>", "rows with equal values stay in one part, as those of a patient"),
    new Option("--time <column>", "the past is learned from, the future is validated on"),
    new Option("--split-seed <n>", "of the rows in each part (default: that of --seed)").argParser(wholeNumber(0)),
    ...readingOptions(),
    new Option("--size <size>", "images of a folder are resized to: 64, or 48x64 for height and width").argParser(size),
  ].map((option) => option.helpGroup(DATA));
}

/** Options of commands that train; `LearningOptions` has their values. */
export function learningOptions(): readonly Option[] {
  const model = [
    new Option(
      "-m, --model <model>",
      "layers, as 512-512-10 or conv32-pool2-128-10, the last one the outputs, or OUT for as many as the target needs; or a module file, ./model.js (default: 64-64-OUT; for images convolutions)",
    ),
    new Option("--activation <name>", `between layers: ${ACTIVATION_NAMES.join(", ")}`)
      .choices(ACTIVATION_NAMES)
      .argParser(oneOf(ACTIVATION_NAMES))
      .default("relu"),
    new Option("--dropout <p>", "probability that a unit is dropped, behind each hidden layer")
      .argParser(share)
      .default(0),
    new Option("--norm <norm>", `in each hidden layer: ${NORMS.join(", ")}`)
      .choices(NORMS)
      .argParser(oneOf(NORMS))
      .default("none"),
  ];
  const learning = [
    new Option(
      "-e, --epochs <n>",
      "passes over the rows (default: 20; for small data as many as make 3,000 steps, at most 300)",
    ).argParser(wholeNumber(1)),
    new Option("-b, --batch <n>", "rows a step").argParser(wholeNumber(1)).default(32),
    new Option("--optimizer <name>", `${OPTIMIZER_NAMES.join(", ")}; sgd has momentum 0.9`)
      .choices(OPTIMIZER_NAMES)
      .argParser(oneOf(OPTIMIZER_NAMES))
      .default("adam"),
    new Option("--lr <rate>", "learning rate (default: that of the optimizer, 0.001 of adam)").argParser(
      positiveNumber(),
    ),
    new Option("--weight-decay <rate>", "(default: 0; 0.01 of adamW)").argParser(numberWithin(0)),
    new Option("--schedule <name>", `of the learning rate: ${SCHEDULES.join(", ")}`)
      .choices(SCHEDULES)
      .argParser(oneOf(SCHEDULES))
      .default("none"),
    new Option("--balance", "rare classes count as much as frequent ones"),
    new Option("--patience <n>", "epochs without a better validation loss before the training ends; 0: trains them all")
      .argParser(wholeNumber(0))
      .default(10),
    new Option("--seed <n>", "of parts, weights, order and dropout: the same seed gives the same model")
      .argParser(wholeNumber(0))
      .default(42),
    new Option(
      "--kernels <build>",
      "strict: the same bits on every machine; relaxed: faster (default: relaxed where Node has them)",
    )
      .choices(KERNELS)
      .argParser(oneOf(KERNELS)),
  ];
  return [...model.map((option) => option.helpGroup(MODEL)), ...learning.map((option) => option.helpGroup(LEARNING))];
}

/** One of some names, in upper or lower case. */
function oneOf(names: readonly string[]): (text: string) => string {
  return (text) => {
    const found = names.find((name) => name.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`must be one of ${names.join(", ")}`);
  };
}

/** A share of rows or units: from 0 to below 1. */
function share(text: string): number {
  const value = numberWithin(0, 1)(text);
  if (value < 1) return value;
  throw new InvalidArgumentError("must be at least 0 and below 1");
}

function shareOrFile(text: string): number | string {
  return Number.isNaN(Number(text)) ? text : share(text);
}

function size(text: string): readonly [number, number] {
  const [, height = "", width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  const sides: readonly [number, number] = [Number(height), Number(width)];
  if (height !== "" && sides.every((side) => side >= 1 && side <= 2 ** 14)) return sides;
  throw new InvalidArgumentError("must be a number of pixels, or height and width as 48x64");
}
