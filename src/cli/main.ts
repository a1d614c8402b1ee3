#!/usr/bin/env node
/**
 * The command line. A command has its options and help in commands/NAME.ts, its work in actions/NAME.ts, and parts of the work in
 * NAME/; all but the first is loaded when it runs, so that help and errors of usage take no longer than Node. Data are read whole by
 * data/, and row by row by stream/; recipe/ trains, model/ loads what was trained.
 */
import process from "node:process";
import { Command } from "commander";
import { benchCommand } from "./commands/bench.ts";
import { completionCommand } from "./commands/completion.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { helpCommand } from "./commands/help.ts";
import { infoCommand } from "./commands/info.ts";
import { predictCommand } from "./commands/predict.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { trainCommand } from "./commands/train.ts";
import { tuneCommand } from "./commands/tune.ts";
import { withCommonOptions } from "./common.ts";
import { fail } from "./failure.ts";
import { withHelp, withRootHelp } from "./help/help.ts";
import { bringPeers } from "./peers/bring.ts";
import { quietOnClosedPipe } from "./terminal/closed-pipe.ts";
import { usageError } from "./usage.ts";
import { version } from "./version.ts";

/** A command is one line here, in the group that help shows it in. */
const COMMANDS: Readonly<Record<string, readonly (() => Command)[]>> = {
  "Make:": [trainCommand, tuneCommand],
  "Use:": [evaluateCommand, predictCommand, exportCommand],
  "Look:": [infoCommand, reportCommand, replayCommand, benchCommand],
  "Help:": [helpCommand, completionCommand],
};

/** The program, with all its commands. */
function lanegrad(): Command {
  const program = withHelp(new Command("lanegrad"))
    .description("Trains, measures, runs and exports neural networks, in plain Node at native speed.")
    .version(version(), "-V, --version", "print the version")
    .helpCommand(false) // ours says which command was meant
    .exitOverride((error) => {
      throw error;
    });
  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const command of commands) {
      program.addCommand(withCommonOptions(command().helpGroup(group).copyInheritedSettings(program)));
    }
  }
  return withRootHelp(program).option("--no-color", "print no colors");
}

quietOnClosedPipe();
bringPeers();
process.on("uncaughtException", (error) => void fail(error));
const program = lanegrad();
try {
  if (process.argv.length === 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  const failure = usageError(error, program);
  if (failure !== undefined) await fail(failure);
}
