import { type UrlLike, isUrl } from "../base/url.ts";
import { requireArray, requireInstance, shown } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { located, pathBeside } from "../files/host.ts";
import { writeFile } from "../files/write.ts";
import { Exported } from "./exported.ts";
import { type Host, glue, requireFileName, requireHost, types } from "./glue.ts";

export interface WriteOptions {
  /** The hosts for which a module is written. Default: ["node"]. */
  readonly hosts?: readonly Host[];
}

const DEFAULTS = { hosts: ["node"] } as const satisfies Defaults<WriteOptions>;
const WHERE = "writeWasm";

/**
 * Writes what `exportWasm` gives: `digits.wasm`, and beside it a module that exports `predict`, with its types: `digits.mjs` and
 * `digits.d.mts` for Node, `digits.js` and `digits.d.ts` for another host; for several `digits.node.mjs`, `digits.browser.js` and so
 * on. Each file is written in one step, the .wasm file first; after an error files that were not written yet are untouched.
 *
 * @throws RangeError when the name of the file does not end in ".wasm" or has one of the characters \\ % ? #
 * @throws TypeError when the host has no files
 * @throws FileError when the host cannot write
 */
export async function writeWasm(path: string | UrlLike, exported: Exported, options: WriteOptions = {}): Promise<void> {
  requireInstance(WHERE, "what is written", exported, Exported, "the result of exportWasm");
  const { wasm, description } = exported;
  const hosts = hostsOf(options);
  const file = fileName(path);
  const stem = file.slice(0, -".wasm".length);
  await writeFile(WHERE, path, [wasm]);
  for (const host of hosts) {
    const name = hosts.length === 1 ? stem : `${stem}.${host}`;
    // Node reads .js files of many packages as CommonJS: npm makes such packages by default.
    const m = host === "node" ? "m" : "";
    await writeText(path, `${name}.${m}js`, glue(host, description, { file, bytes: wasm }));
    await writeText(path, `${name}.d.${m}ts`, types(description));
  }
}

async function writeText(path: string | UrlLike, name: string, text: string): Promise<void> {
  await writeFile(WHERE, pathBeside(WHERE, path, name), [new TextEncoder().encode(text)]);
}

/** The name of a file, which modules contain as a part of a URL. */
function fileName(path: string | UrlLike): string {
  if (typeof path !== "string" && !isUrl(path)) {
    throw new TypeError(`${WHERE}: the file must be a path or a file: URL; got ${shown(path)}`);
  }
  const { files, path: full } = located(WHERE, path);
  const name = files.nameOf(full);
  requireFileName(WHERE, name);
  return name;
}

function hostsOf(options: WriteOptions): readonly Host[] {
  const { hosts } = withDefaults(WHERE, options, DEFAULTS);
  requireArray(WHERE, "hosts", hosts);
  for (const host of hosts) requireHost(WHERE, host);
  if (hosts.length > 0 && new Set(hosts).size === hosts.length) return hosts;
  throw new RangeError(`${WHERE}: hosts must be one or more names, each once; got ${shown(hosts)}`);
}
