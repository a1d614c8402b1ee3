import type { Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { wordsOf } from "../completion/words.ts";
import { zshScript } from "../completion/zsh.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Prints a script that lets a shell complete the commands of a program. */
export async function completion(shell: "bash" | "zsh", program: Command, terminal: Terminal): Promise<void> {
  const words = wordsOf(program);
  const script = shell === "bash" ? bashScript(words) : zshScript(words);
  await terminal.result({ shell, script }, () => script);
}
