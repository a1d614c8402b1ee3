/** Studies that print the tables of docs/, in minutes to an hour. Run: npm run study -- block-dropout; options: --help */
import { configure } from "lanegrad";
import { Argument, Command, InvalidArgumentError } from "commander";
import { blockDropout } from "./study/block-dropout.ts";

/** Options of all studies. */
export interface StudyOptions {
  /** Trainings of each kind, with seeds 0, 1, 2, ... */
  readonly seeds: number;
  /** Multiplies the numbers of epochs; below 1 the study is shorter and less exact. */
  readonly effort: number;
}

const studies: Readonly<Record<string, (options: StudyOptions) => Promise<void>>> = { "block-dropout": blockDropout };

const command = new Command("npm run study --")
  .description("Trains many networks and prints their test errors: mean and standard deviation over seeds.")
  .addArgument(new Argument("<study>", "the study to run").choices(Object.keys(studies)))
  .option("--seeds <count>", "trainings of each kind", whole, 5)
  .option("--effort <factor>", "multiplies the numbers of epochs", positive, 1)
  .option("--threads <count>", "threads that share the work", whole, 1)
  .parse();

const { threads, ...options } = command.opts<StudyOptions & { threads: number }>();
configure({ wide: true, threads });
await studies[command.processedArgs[0] as string]?.(options);

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function whole(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
