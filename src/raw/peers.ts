/**
 * Packages that readers load when they are first used. The specifiers are written out and each import has a `catch`, so that
 * bundlers find the packages, and only warn where one is not installed.
 */
import type * as CsvParse from "csv-parse";
import type * as FastPng from "fast-png";
import type * as Hyparquet from "hyparquet/src/index.js";
import type * as JpegJs from "jpeg-js";

/** Codes of Node's errors where a package is not installed. */
const ABSENT: ReadonlySet<string> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** csv-parse: `#csv-parse` is its build for the host. */
export function csvParse(where: string): Promise<typeof CsvParse> {
  return import("#csv-parse").catch(missing(where, "csv-parse"));
}

/** hyparquet without its functions for Node, which need modules of Node. */
export function hyparquet(where: string): Promise<typeof Hyparquet> {
  return import("hyparquet/src/index.js").catch(missing(where, "hyparquet"));
}

/** The decoder of PNG. */
export function fastPng(where: string): Promise<typeof FastPng> {
  return import("fast-png").catch(missing(where, "fast-png"));
}

/** The decoder of JPEG. */
export async function jpegJs(where: string): Promise<Pick<typeof JpegJs, "decode">> {
  const found = await import("jpeg-js").catch(missing(where, "jpeg-js"));
  // CommonJS: hosts and bundlers give its exports as the default.
  return "default" in found ? found.default : found;
}

function missing(where: string, name: string): (cause: unknown) => never {
  return (cause) => {
    const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
    // What a browser or a bundle says has no code.
    const isFound = typeof code === "string" && !ABSENT.has(code);
    const got = isFound ? `one that fails: ${String(cause)}` : "none";
    throw new Error(`${where}: the package "${name}" must be installed (npm install ${name}); got ${got}`, { cause });
  };
}
