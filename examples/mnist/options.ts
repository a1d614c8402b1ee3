import { Command, InvalidArgumentError, Option } from "commander";
import { TRAINING_DIGITS } from "./digits.ts";

export interface Options {
  readonly epochs: number;
  readonly batch: number;
  /** Dropout probability. */
  readonly p: number;
  readonly seed: number;
  /** Sizes of the hidden layers. */
  readonly hidden: readonly number[];
  /** The number of training digits. */
  readonly limit: number;
  readonly threads?: number | "auto";
  /** Whether V8 may pair operations to 256 bits. */
  readonly wide?: boolean;
  readonly compare?: boolean;
  /** Whether to print the time of every kernel call of a step. */
  readonly profile?: boolean;
}

const FEWEST = 100; // digits: fewer are too few to train on
const MOST_THREADS = 64;
const EXAMPLES = `
Examples:
  npm start -- --epochs 1 --limit 6000
  npm start -- --hidden 256,64 --p 0.2
  npm start -- --compare`;

/** Options from the command line; wrong ones end the process with one line and exit code 1. */
export function readOptions(): Options {
  const command = new Command("npm start --")
    .description("Trains a network with dropout on the MNIST digits.")
    .option("--epochs <count>", "passes over the training digits", whole(1), 5)
    .option("--batch <size>", "digits in one step", whole(1), 128)
    .option("--p <probability>", "probability that dropout zeroes a hidden value, from 0 to 1", probability, 0.3)
    .option("--seed <number>", "fixes initial values, order of the digits and dropout masks", whole(0), 42)
    .addOption(
      new Option("--hidden <sizes>", "sizes of the hidden layers")
        .argParser(sizes)
        .default([512, 512, 512, 512], "512,512,512,512"),
    )
    .option(
      "--limit <count>",
      "train on the first of the 60,000 digits only",
      whole(FEWEST, TRAINING_DIGITS),
      TRAINING_DIGITS,
    )
    .option("--threads <count>", "threads that share the work, or auto: one for each core", threads)
    .option("--wide", "let V8 pair operations to 256 bits (Node 24 to 26)")
    .option("--compare", "train without dropout, then with it, and compare the results")
    .option("--profile", "print the time of each kernel call of a training step at the end")
    .addHelpText("after", EXAMPLES);
  const options = command.parse().opts<Options>();
  if (options.compare && options.p === 0) command.error("error: option '--compare' needs '--p' above 0.");
  return options;
}

/** Refuses a batch that is larger than the training set. */
export function requireBatchWithin({ batch }: Options, digits: number): void {
  if (batch <= digits) return;
  console.error(
    `error: option '--batch <size>' argument '${batch}' is invalid. There are only ${digits} digits to learn from.`,
  );
  process.exit(1);
}

function whole(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

function threads(text: string): number | "auto" {
  if (text === "auto") return text;
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_THREADS) return Number(text);
  throw new InvalidArgumentError(`It must be auto or a whole number from 1 to ${MOST_THREADS}.`);
}

function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 1.");
}

function sizes(text: string): number[] {
  const list = text.split(",").map((each) => each.trim());
  if (list.every((each) => /^[1-9]\d{0,5}$/.test(each))) return list.map(Number);
  throw new InvalidArgumentError("It must be whole numbers above 0 with commas between them, like 512,256.");
}
