import type { Option } from "commander";
import { learningOptions } from "../commands/training-options.ts";
import type { LearningOptions } from "../recipe/from-options.ts";
import type { Settings, Variable } from "./space.ts";

/** Options that a search varies. */
const KINDS: Readonly<Record<string, Variable["kind"]>> = {
  model: "text",
  activation: "text",
  dropout: "number",
  norm: "text",
  epochs: "whole",
  batch: "whole",
  optimizer: "text",
  lr: "number",
  "weight-decay": "number",
  schedule: "text",
  patience: "whole",
};

/** The options of `lanegrad train` that a search varies. */
export function variables(): readonly Variable[] {
  return varied().map(({ name, kind, option }) => ({ name, kind, parse: (text) => parsed(option, text) }));
}

/** Options with the values of the settings in place of their own. */
export function optionsWith<Options extends LearningOptions>(options: Options, settings: Settings): Options {
  const values = varied().flatMap(({ name, option }) => {
    const text = settings[name];
    return text === undefined ? [] : [[option.attributeName(), parsed(option, text)] as const];
  });
  return { ...options, ...Object.fromEntries(values) };
}

function varied(): readonly { readonly name: string; readonly kind: Variable["kind"]; readonly option: Option }[] {
  return learningOptions().flatMap((option) => {
    const name = option.long?.slice("--".length) ?? "";
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    return kind ? [{ name, kind, option }] : [];
  });
}

/** A value as commander parses it. */
function parsed(option: Option, text: string): unknown {
  return option.parseArg ? option.parseArg<unknown>(text, undefined) : text;
}
