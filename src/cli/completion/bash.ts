import type { CommandWords } from "./words.ts";

/** A script for bash 3.2 and later. It runs no program: all words are in it. */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completion of lanegrad for bash: source this file, or put it into the folder of completions.
_lanegrad() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  # Bash takes --option=value for three words.
  if [ "$current" = "=" ]; then current=""
  elif [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then words="${names} --help --version"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _lanegrad lanegrad
`;
}

/** Without words bash completes files. */
function commandCase({ name, options, values }: CommandWords): string {
  const flags = options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith("--"))).join(" ");
  const listed = options.filter((option) => option.values.length > 0);
  const free = options.filter((option) => option.takesValue && option.values.length === 0);
  const cases = [
    ...listed.map((option) => `${option.flags.join("|")}) words="${option.values.join(" ")}" ;;`),
    ...(free.length > 0 ? [`${free.flatMap((option) => option.flags).join("|")}) ;;`] : []),
  ];
  return `      ${name})
        case "$previous" in
${cases.map((line) => `          ${line}\n`).join("")}          *)
            case "$current" in
              -*) words="${flags}" ;;
              *) words="${values.join(" ")}" ;;
            esac ;;
        esac ;;`;
}
