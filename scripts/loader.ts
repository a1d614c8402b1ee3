/** Loads the scripts of the package, each once, and connects them. The files of entries bundle it. */

type Names = Record<string, unknown>;
type Parts = Readonly<Record<string, () => Names>>;
type Script = (require: (module: string) => Names, keep: Keep, named: typeof nameAndFreeze) => void;
type Keep = (names: Names | undefined, parts: Parts) => void;

/** What scripts store. */
interface Shared extends Readonly<Record<string, unknown>> {
  /** The script and the names of each module of a script that is loaded later. */
  readonly later: Readonly<Record<string, readonly string[]>>;
}

/** A function that gives the exports of an entry. `bring` has functions that load the script of a name. */
export function loader(
  shared: Shared,
  bring: Readonly<Record<string, (() => void) | undefined>>,
  platform: object,
): (entry: string) => Names {
  const exported: Record<string, Names | undefined> = {};
  const loaded = new Set<string>();
  const parts: Record<string, () => Names> = {};
  const packed = (): unknown => (bring["kernels"]?.(), shared["kernels"]);
  const modules: Record<string, Names> = { "#platform": { platform }, "#kernels/packed": { packed } };

  function load(script: string): void {
    if (loaded.has(script)) return;
    bring[script]?.();
    const run = shared[script] as Script;
    run(
      (module) => (modules[module] ??= parts[module] ? asModule({ ...parts[module]() }) : later(module)),
      (names, own) => {
        if (names) exported[script] = nameAndFreeze(asModule(names));
        Object.assign(parts, own);
      },
      nameAndFreeze,
    );
    loaded.add(script);
  }

  /** A module of a script that is loaded when something of it is used. */
  function later(module: string): Names {
    const [script = "", ...names] = shared.later[module] ?? [];
    const result: Names = {};
    const fill = (): void => {
      load(script);
      const values = parts[module]?.() ?? {};
      for (const name of names) Object.defineProperty(result, name, { value: values[name], configurable: false });
    };
    for (const name of names) {
      const get = (): unknown => (fill(), result[name]);
      Object.defineProperty(result, name, { get, enumerable: true, configurable: true });
    }
    return result;
  }

  return (entry) => {
    load("core");
    const script = entry === "index" ? "core" : entry;
    load(script);
    return exported[script] ?? {};
  };
}

/** Marks what `import *` may copy as it is. */
function asModule(names: Names): Names {
  return Object.defineProperty(names, "__esModule", { value: true });
}

/** Restores the names of public classes and functions, for stack traces and `console.log`. */
function nameAndFreeze(names: Names): Names {
  for (const [name, value] of Object.entries(names)) {
    if (typeof value === "function") Object.defineProperty(value, "name", { value: name });
  }
  return Object.freeze(names);
}
