/** Studies that take minutes, each with the tables that docs/ shows. Run: npm run study -- block-dropout; options: --help */
import { configure } from "lanegrad";
import { Argument, Command, InvalidArgumentError } from "commander";
import { blockDropout } from "./study/block-dropout.ts";

/** What every study is told. */
export interface StudyOptions {
  /** Trainings of each kind, from seeds 0, 1, 2, ... */
  readonly seeds: number;
  /** Multiplies all epochs: below 1 for a rough picture. */
  readonly effort: number;
}

const studies: Readonly<Record<string, (options: StudyOptions) => void>> = { "block-dropout": blockDropout };

const command = new Command("npm run study --")
  .description("Trains many networks and shows how they did: mean and standard deviation over seeds.")
  .addArgument(new Argument("<study>", "which one").choices(Object.keys(studies)))
  .option("--seeds <count>", "trainings of each kind", positive, 5)
  .option("--effort <factor>", "multiplies all epochs", positive, 1)
  .option("--threads <count>", "threads that share the work", positive, 1)
  .parse();

const { threads, ...options } = command.opts<StudyOptions & { threads: number }>();
configure({ wide: true, threads });
studies[command.processedArgs[0] as string]?.(options);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`must be above 0; got ${text}`);
  return value;
}
