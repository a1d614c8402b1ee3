import type { GlueFile, Host } from "./hosts.ts";
import { literal } from "./text.ts";

/** The beginning of a module, which makes `wasm`: what the file exports. */
export interface Loading {
  readonly imports: readonly string[];
  readonly wasm: readonly string[];
  /** What follows the name of an exported global to read it. */
  readonly value: ".value" | "";
}

const ANY = "/** @type {any} */";
const INSTANCE = [ANY, "const wasm = new WebAssembly.Instance(module).exports;"];
const READ = `import { readFileSync } from "node:fs";`;

/** How each host gets the bytes, or what it compiled them to. */
export const LOADING: Readonly<Record<Host, (file: GlueFile) => Loading>> = {
  node: (given) => compiled([READ], [], `readFileSync(${url(given)})`),
  bun: (given) => compiled([READ, `import file from ${path(given)} with { type: "file" };`], [], "readFileSync(file)"),
  inline: ({ bytes }) =>
    compiled(
      [],
      [
        `const text = atob("${base64(bytes)}");`,
        "const bytes = new Uint8Array(text.length);",
        "for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);",
      ],
      "bytes",
    ),
  browser: (given) => ({
    imports: [],
    wasm: [
      `const response = await fetch(${url(given)});`,
      "if (!response.ok) throw new Error(`${response.url} must be a file; got status ${response.status}`);",
      `const streams = response.headers.get("Content-Type") === "application/wasm"; // other types are refused`,
      "const { instance } = streams",
      "  ? await WebAssembly.instantiateStreaming(response)",
      "  : await WebAssembly.instantiate(await response.arrayBuffer());",
      ANY,
      "const wasm = instance.exports;",
    ],
    value: ".value",
  }),
  workerd: (given) => imported(path(given)),
  edge: (given) => imported(path(given, "?module")),
  deno: (given) => ({
    imports: [`import * as exports from ${path(given)};`],
    wasm: [ANY, "const wasm = exports;"],
    value: "",
  }),
};

function path({ file }: GlueFile, query = ""): string {
  return literal(`./${file}${query}`);
}

function url(given: GlueFile): string {
  return `new URL(${path(given)}, import.meta.url)`;
}

function compiled(imports: readonly string[], before: readonly string[], bytes: string): Loading {
  const module = `const module = new WebAssembly.Module(${bytes});`;
  return { imports, wasm: [...before, module, ...INSTANCE], value: ".value" };
}

/** A host that compiles files when a program is deployed, and nothing later. */
function imported(from: string): Loading {
  return { imports: [`import module from ${from};`], wasm: INSTANCE, value: ".value" };
}

const PIECE = 3 * 2 ** 13; // bytes: few enough for the arguments of one call, and whole groups of 3

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + PIECE)));
  }
  return text;
}
