import process from "node:process";
import { hasColors, styleOf } from "../terminal/style.ts";

/** The end of a command's help: `.addHelpText("after", examples([["lanegrad info", "what this machine offers"]]))`. */
export function examples(lines: readonly (readonly [command: string, what: string])[]): string {
  const { bold, dim } = styleOf(hasColors(process.stdout));
  return `\n${bold("Examples:")}\n${lines.map(([command, what]) => `  ${dim(`# ${what}`)}\n  ${command}\n`).join("")}`;
}
