import type { CommandWords, OptionWords } from "./words.ts";

/** A script for zsh, which shows what each word means. It runs no program: all words are in it. */
export function zshScript(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(":", "\\:")}`));
  return `#compdef lanegrad
# Completion of lanegrad for zsh: source this file after compinit, or save it as _lanegrad in a folder of $fpath.
_lanegrad() {
  if (( CURRENT == 2 )); then
    local -a commands=(${described.join(" ")})
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [ "\${funcstack[1]}" = _lanegrad ]; then _lanegrad "$@"; else compdef _lanegrad lanegrad; fi
`;
}

function commandCase({ name, options, values }: CommandWords): string {
  const specs = [...options.flatMap(optionSpecs), quoted(`*:file:${valuesSpec(values)}`)];
  return `    ${name})\n      _arguments ${specs.join(" \\\n        ")} ;;`;
}

/** \`'(-q --quiet)--quiet[print the result only]'\`: a spelling excludes the others. */
function optionSpecs({ flags, summary, takesValue, values }: OptionWords): readonly string[] {
  const text = summary.replaceAll(/[[\]\\:]/g, String.raw`\$&`);
  return flags.map((flag) => {
    const name = takesValue && flag.startsWith("--") ? `${flag}=` : flag;
    return quoted(`(${flags.join(" ")})${name}[${text}]${takesValue ? `:value:${valuesSpec(values)}` : ""}`);
  });
}

function valuesSpec(values: readonly string[]): string {
  return values.length > 0 ? `(${values.join(" ")})` : "_files";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
