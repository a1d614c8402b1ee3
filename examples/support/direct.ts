import { existsSync, realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Whether the module at `url` is the program that was started, not an import of another module. */
export function startedDirectly(url: string): boolean {
  const [, started = ""] = process.argv;
  return [started, `${started}.ts`].some((path) => existsSync(path) && realpathSync(path) === fileURLToPath(url));
}
