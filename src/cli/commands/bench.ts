import process from "node:process";
import { Command, Option } from "commander";
import type { BenchOptions } from "../actions/bench.ts";
import { numberWithin } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { wideOptions } from "./shared-options.ts";

export function benchCommand(): Command {
  const command = new Command("bench")
    .summary("this machine against plain JavaScript and PyTorch")
    .description(
      "Measures lanegrad on this machine against plain JavaScript, and against PyTorch if Python has it: a training step, a prediction, and a network so small that overhead dominates. All compute the same numbers, which is checked first.",
    )
    .addOption(
      new Option("--seconds <n>", "time to measure in all, at most 600").default(20).argParser(numberWithin(1, 600)),
    )
    .addOption(
      new Option("--python <program>", "the Python whose PyTorch is measured").default(
        process.platform === "win32" ? "python" : "python3",
      ),
    )
    .addOption(
      new Option("--kernels <build>", "kernels of lanegrad (default: relaxed where Node has them)").choices([
        "strict",
        "relaxed",
      ]),
    );
  for (const option of wideOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        ["lanegrad bench", "chart in the terminal, in half a minute"],
        ["lanegrad bench --threads 1 --json > bench.json", "one thread each, as JSON"],
        ["lanegrad bench --python .venv/bin/python", "PyTorch of a virtual environment"],
      ]),
    )
    .action(async (options: BenchOptions) => {
      const { bench } = await import("../actions/bench.ts");
      await bench(options, openTerminal(options));
    });
}
