import process from "node:process";
import type { CommonOptions } from "../common.ts";
import { harmless } from "./plain.ts";
import { hasColors, styleOf } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** Erases the line of the cursor and goes to its start. */
const ERASE = "\r\u001b[K";
const UP = "\u001b[A";

/** The terminal of the process, for the options of a command. */
export function openTerminal({ json = false, quiet = false }: CommonOptions): Terminal {
  const { stdout, stderr } = process;
  const isSilent = json || quiet || !stderr.isTTY;
  let shown = 0; // lines of the status
  const clear = (): void => {
    if (shown > 0) stderr.write(ERASE + (UP + ERASE).repeat(shown - 1));
    shown = 0;
  };
  return {
    json,
    isInteractive: stdout.isTTY && !json,
    get columns() {
      return stdout.columns || stderr.columns || 80;
    },
    style: styleOf(hasColors(stdout)),
    result: async (value, text) => {
      clear();
      const printed = json ? JSON.stringify(value) : harmless(text());
      if (printed !== "" && !stdout.write(printed.endsWith("\n") ? printed : `${printed}\n`)) {
        await new Promise((resolve) => stdout.once("drain", resolve));
      }
    },
    note: (text) => {
      if (isSilent) return;
      clear();
      stderr.write(`${harmless(text)}\n`);
    },
    status: (text) => {
      if (isSilent) return;
      clear();
      if (text === "") return;
      // A line that the terminal breaks, or that scrolled away, could not be erased.
      const lines = harmless(text)
        .split("\n")
        .slice(0, Math.max(1, (stderr.rows || 24) - 1));
      stderr.write(lines.map((line) => cut(line, (stderr.columns || 80) - 1)).join("\n"));
      shown = lines.length;
    },
  };
}

/** The first `most` characters of a line, which escape sequences are none of. */
function cut(line: string, most: number): string {
  let left = most;
  // oxlint-disable-next-line no-control-regex
  return line.replaceAll(/\u001b\[[\d;]*m|[^]/gu, (each) => (each.length > 2 || left-- > 0 ? each : ""));
}
