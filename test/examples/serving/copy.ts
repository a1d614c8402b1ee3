import { cpSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/** A copy of examples/serving below build/, so that tests write models and bundles there and nothing among the sources. */
export function copyOfServing(name: string): string {
  const folder = resolve("build/serving", name);
  rmSync(folder, { recursive: true, force: true });
  cpSync("examples/serving", folder, { recursive: true, filter: (path) => basename(path) !== "model" });
  return folder;
}

/** The folder of the model in a copy. */
export function modelOf(copy: string): string {
  return join(copy, "model");
}
