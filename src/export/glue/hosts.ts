import { requireOneOf, shown } from "../../base/errors.ts";

/** Hosts that need modules of their own, because each gets the bytes of a file in another way. */
export type Host = "node" | "browser" | "workerd" | "edge" | "deno" | "bun" | "inline";

/** What the first line of a module calls its host. */
export const MADE_FOR: Readonly<Record<Host, string>> = {
  node: "Node",
  browser: "browsers",
  workerd: "Cloudflare Workers",
  edge: "Vercel's Edge Runtime",
  deno: "Deno",
  bun: "Bun",
  inline: "hosts that compile bytes",
};

const HOSTS: readonly string[] = Object.keys(MADE_FOR);

/** Where a module finds its WebAssembly. */
export interface GlueFile {
  /** The name of the .wasm file, which is in the directory of the module. */
  readonly file: string;
  /** The bytes of that file, which a module for "inline" contains. */
  readonly bytes: Uint8Array;
}

const ENDING = ".wasm";

/** Requires a name of a file that has the same meaning in a path and in a URL. */
export function requireFileName(where: string, name: string): void {
  if (typeof name !== "string" || !name.endsWith(ENDING) || name === ENDING || /[/\\%?#\p{Control}]/u.test(name)) {
    const must = `the name of the file must end in "${ENDING}" and have none of / \\ % ? #`;
    throw new RangeError(`${where}: ${must}; got ${shown(name)}`);
  }
}

export function requireHost(where: string, host: Host): void {
  requireOneOf(where, "the host", host, HOSTS);
}
