import process from "node:process";
import type { WriteStream } from "node:tty";
import picocolors from "picocolors";
import type { Style } from "./terminal.ts";

/** Colors and weights of text, or functions that change nothing. */
export function styleOf(isColored: boolean): Style {
  const { bold, dim, red, green, yellow, cyan } = picocolors.createColors(isColored);
  return { bold, dim, red, green, yellow, cyan };
}

/** Whether text to a stream has colors: in terminals, unless --no-color, NO_COLOR or FORCE_COLOR say otherwise. */
export function hasColors(stream: Pick<WriteStream, "isTTY">): boolean {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = process.env;
  if (process.argv.includes("--no-color") || NO_COLOR !== "" || /^(0|false)$/.test(FORCE_COLOR)) return false;
  return FORCE_COLOR !== "" || (stream.isTTY && TERM !== "dumb");
}
