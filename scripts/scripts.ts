/**
 * The code of the package's scripts. Each ends with a call of `keep`, with the public names of the script and its parts: the
 * modules that other scripts import, as functions, because many programs need few of them.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type BuildOptions, type Plugin, build } from "esbuild";
import { ENTRIES, LATER, NEEDED, scriptOf } from "./parts.ts";

/** The import of package.json that is csv-parse's file for the host. Entries for a host store its `import()`. */
export const CSV_PARSE = "#csv-parse";
/** What scripts require of the loader. */
const GIVEN = new Set(["#platform", "#kernels/packed", CSV_PARSE]);
const INDEX: Readonly<Record<string, string>> = {
  core: "index.ts",
  ...Object.fromEntries(Object.entries(ENTRIES).map(([name, folder]) => [name, `${folder}/index.ts`])),
};
/** For bundles of src/ alone, without the packages that belong to a host. */
const NEUTRAL = {
  bundle: true,
  write: false,
  metafile: true,
  platform: "neutral",
  mainFields: ["browser", "module", "main"],
} as const satisfies BuildOptions;

export interface Script {
  readonly name: string;
  readonly text: string;
  /** The modules that other scripts import, by their paths in src/, with the names that they export. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
  /** The paths of the files that it bundles. */
  readonly inputs: readonly string[];
}

/** Bundles all scripts; `packages` are imported where the package is installed. */
export async function bundledScripts(options: BuildOptions): Promise<readonly Script[]> {
  const parts = new Set(namespacesOf("index.ts").values());
  // A part may import further parts.
  for (;;) {
    const before = [...parts].toSorted();
    const modules = [...before, ...Object.values(INDEX)];
    const names = await exportsOf([...modules, ...modules.flatMap((module) => [...namespacesOf(module).values()])]);
    const scripts: Script[] = [];
    for (const name of [...Object.keys(ENTRIES), ...Object.keys(LATER), "core"]) {
      const own = before.filter((part) => scriptOf(part) === name);
      const stdin = { contents: contentsOf(name, own, names), resolveDir: "." };
      const plugins = [others(name, parts)];
      const { outputFiles, metafile } = await build({ ...options, ...NEUTRAL, format: "cjs", stdin, plugins });
      scripts.push({
        name,
        text: outputFiles[0]?.text ?? "",
        parts: Object.fromEntries(own.map((part) => [part, names[part] ?? []])),
        inputs: Object.keys(metafile.inputs),
      });
    }
    if (parts.size === before.length) return scripts;
  }
}

/** A plugin that leaves imports of other scripts' modules as they are, and adds these modules to `parts`. */
function others(script: string, parts: Set<string>): Plugin {
  return {
    name: "others",
    setup: (bundle) =>
      bundle.onResolve({ filter: /^[.#]/ }, ({ path, resolveDir }) => {
        if (GIVEN.has(path)) return { path, external: true };
        const module = relative("src", resolve(resolveDir, path));
        if (!path.startsWith(".") || module.startsWith("..") || scriptOf(module) === script) return undefined;
        const owner = scriptOf(module);
        if (owner in ENTRIES && !NEEDED[script]?.includes(owner))
          throw new Error(`scripts: ${script} must have ${owner} in NEEDED; got an import of ${module} without`);
        parts.add(module);
        return { path: module, external: true, sideEffects: false };
      }),
  };
}

type Names = Readonly<Record<string, readonly string[]>>;

/** The names that modules export, by their paths in src/. */
async function exportsOf(modules: readonly string[]): Promise<Names> {
  const entryPoints = modules.map((module) => `src/${module}`);
  const { metafile } = await build({
    ...NEUTRAL,
    entryPoints,
    splitting: true,
    format: "esm",
    packages: "external",
    outdir: "build",
  });
  return Object.fromEntries(
    Object.values(metafile.outputs).flatMap(({ entryPoint, exports }) =>
      entryPoint === undefined ? [] : [[relative("src", entryPoint), exports]],
    ),
  );
}

/** The modules that a module exports as namespaces, by the names of these. */
function namespacesOf(module: string): ReadonlyMap<string, string> {
  const text = readFileSync(join("src", module), "utf8");
  const found = text.matchAll(/^export \* as (\w+) from "(.+)";$/gm);
  return new Map([...found].map(([, name = "", path = ""]) => [name, join(dirname(module), path)]));
}

/** The module that is bundled. Objects of plain values take less time at the start than those of esbuild, of getters. */
function contentsOf(script: string, parts: readonly string[], names: Names): string {
  const imports = new Map<string, string>();
  const objectOf = (module: string): string => {
    const local = imports.get(module) ?? `module${imports.size}`;
    imports.set(module, local);
    const inner = namespacesOf(module);
    const exported = names[module];
    if (exported === undefined) throw new Error(`scripts: a module must have exports; got ${module}`);
    const members = exported.map((name) => {
      const space = inner.get(name);
      return `${name}: ${space === undefined ? `${local}.${name}` : (spaces.get(space) ?? spaceOf(space))}`;
    });
    return `{ ${members.join(", ")} }`;
  };
  const spaceOf = (module: string): string =>
    scriptOf(module) === script ? `named(${objectOf(module)})` : `require("./src/${module}")`;
  const index = INDEX[script];
  const spaces = new Map<string, string>();
  const constants = [...(index === undefined ? [] : namespacesOf(index))].map(([name, module]) => {
    const text = spaceOf(module);
    spaces.set(module, name);
    return `const ${name} = ${text};`;
  });
  const publicNames = index === undefined ? "undefined" : objectOf(index);
  const isPublic = new Set(namespacesOf("index.ts").values());
  const partNames = parts.map((part) => {
    const text = spaces.get(part) ?? (isPublic.has(part) ? spaceOf(part) : objectOf(part));
    return `${JSON.stringify(part)}: () => (${text})`;
  });
  return [
    ...[...imports].map(([module, local]) => `import * as ${local} from "./src/${module}";`),
    ...constants,
    `keep(${publicNames}, { ${partNames.join(", ")} });`,
  ].join("\n");
}
