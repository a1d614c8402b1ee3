import { onTestFinished } from "vitest";
import { type Files, platform } from "../../src/platform/node.ts";

function filesOf(): Files {
  if (!platform.files) throw new Error("Node has files");
  return platform.files;
}

/** The files of this host. */
export const FILES = filesOf();

type Replaceable = "create" | "link" | "remove" | "rename" | "syncDirectory";

/** Replaces a function of the host's files until the test ends. Returns a function that restores it before. */
export function replaceFiles<Name extends Replaceable>(name: Name, by: (former: Files) => Files[Name]): () => void {
  const former = { ...FILES };
  const restore = (): void => void (FILES[name] = former[name]);
  onTestFinished(restore);
  FILES[name] = by(former);
  return restore;
}

/** An error as Node throws it. @param text `ENOSPC: no space left on device` */
export function hostError(text: string): Error {
  return Object.assign(new Error(`${text}, write`), { code: text.split(":")[0] });
}
