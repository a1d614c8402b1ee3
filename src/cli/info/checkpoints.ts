import { readdirSync } from "node:fs";
import { join } from "node:path";
import { printCount } from "../terminal/numbers.ts";
import { modelInfo } from "./model.ts";
import type { Shown } from "./shown.ts";

const CHECKPOINT = /^step-(\d+)\.safetensors$/;

/** A folder of checkpoints: their steps, and the newest one; undefined if the folder has none. */
export async function checkpointsInfo(folder: string): Promise<Shown | undefined> {
  const names = readdirSync(folder).filter((name) => CHECKPOINT.test(name)).toSorted(); // prettier-ignore
  const last = names.at(-1);
  if (last === undefined) return undefined;
  const newest = await modelInfo(join(folder, last));
  const steps = names.map((name) => Number(CHECKPOINT.exec(name)?.[1]));
  const list = steps.map(printCount).join(", ");
  return {
    value: { type: "checkpoints", directory: folder, steps, newest: newest.value },
    text: (style, columns) =>
      `${style.bold(folder)}: checkpoints after steps ${list}\n\n${newest.text(style, columns)}`,
  };
}
