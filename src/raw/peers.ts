/**
 * Packages that readers load when they are first used. The specifiers are written out and each import has a `catch`, so that
 * bundlers find the packages, and only warn where one is not installed.
 */
import type * as CsvParse from "csv-parse";
import type * as FastPng from "fast-png";
import type * as Hyparquet from "hyparquet/src/index.js";
import type * as JpegJs from "jpeg-js";
import { missingPackage } from "../base/missing-package.ts";

/** The packages, as readers use them. */
interface Peers {
  readonly "csv-parse": Pick<typeof CsvParse, "parse">;
  readonly "fast-png": Pick<typeof FastPng, "convertIndexedToRgb" | "decode">;
  readonly hyparquet: Pick<
    typeof Hyparquet,
    "parquetMetadataAsync" | "parquetRead" | "parquetSchema" | "snappyUncompress"
  >;
  readonly "jpeg-js": Pick<typeof JpegJs, "decode">;
}

/** Where a program that bundles packages has functions that import them, as the command line does (src/cli/peers/bring.ts). */
const BROUGHT = Symbol.for("lanegrad peers");

/** csv-parse: `#csv-parse` is its build for the host. */
export function csvParse(where: string): Promise<Peers["csv-parse"]> {
  return brought("csv-parse") ?? import("#csv-parse").catch(missingPackage(where, "csv-parse"));
}

/** hyparquet without its functions for Node, which need modules of Node. */
export function hyparquet(where: string): Promise<Peers["hyparquet"]> {
  return brought("hyparquet") ?? import("hyparquet/src/index.js").catch(missingPackage(where, "hyparquet"));
}

/** The decoder of PNG. */
export function fastPng(where: string): Promise<Peers["fast-png"]> {
  return brought("fast-png") ?? import("fast-png").catch(missingPackage(where, "fast-png"));
}

/** The decoder of JPEG. */
export function jpegJs(where: string): Promise<Peers["jpeg-js"]> {
  return brought("jpeg-js") ?? import("jpeg-js").catch(missingPackage(where, "jpeg-js")).then(decoderOf);
}

/** CommonJS: hosts and bundlers give its exports as the default. */
function decoderOf(found: typeof JpegJs | { readonly default: typeof JpegJs }): Peers["jpeg-js"] {
  return "default" in found ? found.default : found;
}

/** The import of a package that the program brings. A bundled version is preferred: it is the one that was tested. */
function brought<Name extends keyof Peers>(name: Name): Promise<Peers[Name]> | undefined {
  const all: unknown = Reflect.get(globalThis, BROUGHT);
  return (all as { readonly [Each in keyof Peers]?: () => Promise<Peers[Each]> } | undefined)?.[name]?.();
}
