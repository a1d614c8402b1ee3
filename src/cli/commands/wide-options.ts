import { Option } from "commander";

/** Options of commands that train. Neither of them: wide mode after a self-test that is remembered. */
export function wideOptions(): readonly Option[] {
  return [
    new Option(
      "--wide",
      "test wide mode again, and require it (default: used if it passed its test once). Results have the same bits with and without it, with strict and relaxed kernels",
    ),
    new Option("--no-wide", "do without wide mode"),
  ];
}
