import { readFileSync } from "node:fs";

/** The version in package.json, which is two folders above both src/cli and build/cli. */
export function version(): string {
  const found: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String(Reflect.get(Object(found), "version"));
}
