import process from "node:process";
import type { Command } from "commander";
import { hasColors, styleOf } from "../terminal/style.ts";
import { examples } from "./examples.ts";

const WIDEST = 100; // columns: longer lines read badly

/** Help with colors, as wide as the terminal. */
export function withHelp(command: Command): Command {
  const { bold, cyan, dim } = styleOf(true); // commander removes colors where there are none
  return command
    .configureHelp({
      showGlobalOptions: false,
      styleTitle: bold,
      styleCommandText: cyan,
      styleSubcommandText: cyan,
      styleOptionText: cyan,
      styleArgumentText: cyan,
      styleDescriptionText: (text) => text.replaceAll(/\(default: [^)]*\)/g, dim),
    })
    .configureOutput({
      getOutHelpWidth: () => Math.min(process.stdout.columns || 80, WIDEST),
      getOutHasColors: () => hasColors(process.stdout),
      outputError: () => undefined, // main.ts prints errors
    });
}

/** What follows the list of commands. */
export function rootHelp(): string {
  return `${examples([["lanegrad info", "what this machine offers"]])}
Help of a command: lanegrad help info
Docs: https://github.com/lanegrad/lanegrad/blob/main/docs/command-line.md
`;
}
