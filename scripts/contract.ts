/** Generates `#kernels/contract` from assembly/contract, and checks that asc computes the same values. */
import { build } from "esbuild";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

// In a variable, which the compiler does not resolve: the types of asc include AssemblyScript's globals.
const ASC: string = "assemblyscript/asc";
const { main: compile } = (await import(ASC)) as {
  readonly main: (args: readonly string[], host: { readonly stderr: object }) => Promise<{ readonly error?: Error }>;
};

type Formula = (...numbers: number[]) => number;

/** A constant, a formula, or the number of each member of an enum or field of a struct. */
type Agreed =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "formula"; readonly value: Formula; readonly parameters: readonly string[] }
  | { readonly kind: "enum" | "struct"; readonly value: Readonly<Record<string, number>> };

type Contract = ReadonlyMap<string, Agreed>;

/** Arguments with which formulas are compared, in all combinations. */
const ARGUMENTS = [0, 1, 7, 1024, 1025];

/**
 * The contract in `folder` as a module, and its types. A struct becomes the index of each of its fields.
 * @throws Error when AssemblyScript and JavaScript read the contract differently
 */
export async function contractOf(folder: string): Promise<{ readonly code: string; readonly types: string }> {
  const temporary = mkdtempSync(join(tmpdir(), "contract-"));
  try {
    const contract = await readInJavaScript(folder, temporary);
    const kernels = await readInAssemblyScript(folder, temporary, contract);
    for (const [name, agreed] of contract) requireSame(name, agreed, kernels);
    return { code: linesOf(contract, codeOf), types: linesOf(contract, typeOf) };
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function linesOf(contract: Contract, lineOf: (name: string, agreed: Agreed) => string): string {
  return [...contract].map(([name, agreed]) => `${lineOf(name, agreed)}\n`).join("");
}

function codeOf(name: string, agreed: Agreed): string {
  if (agreed.kind === "formula") return `export ${agreed.value.toString()}`;
  const layout = `export const ${name} = ${JSON.stringify(agreed.value)};`;
  if (agreed.kind !== "struct") return layout;
  const values = Object.keys(agreed.value).map((field) => `values.${field}`);
  return `${layout}\nexport const pack${name} = (values) => [${values.join(", ")}];`;
}

function typeOf(name: string, agreed: Agreed): string {
  if (agreed.kind === "constant") return `export declare const ${name} = ${agreed.value};`;
  if (agreed.kind === "formula") {
    const typed = agreed.parameters.map((parameter) => `${parameter}: number`);
    return `export declare function ${name}(${typed.join(", ")}): number;`;
  }
  const members = Object.entries(agreed.value).map(([member, place]) => `readonly ${member}: ${place}`);
  const layout = `export declare const ${name}: { ${members.join("; ")} };`;
  if (agreed.kind !== "struct") return layout;
  const fields = Object.keys(agreed.value).map((field) => `readonly ${field}: number`);
  return `${layout}\nexport declare function pack${name}(values: { ${fields.join("; ")} }): number[];`;
}

/** The contract without decorators, which JavaScript does not have on constants and functions. */
async function readInJavaScript(folder: string, temporary: string): Promise<Contract> {
  const outfile = join(temporary, "contract.mjs");
  await build({
    entryPoints: [join(folder, "index.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile,
    logLevel: "warning",
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
    plugins: [
      {
        name: "without-decorators",
        setup: (hooks) => {
          hooks.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, "utf8").replaceAll(/^@\w+$/gm, ""),
            loader: "ts",
          }));
        },
      },
    ],
  });
  const exported = (await import(pathToFileURL(outfile).href)) as Readonly<Record<string, unknown>>;
  return new Map(Object.entries(exported).map(([name, value]) => [name, agreedOf(name, value)]));
}

function agreedOf(name: string, value: unknown): Agreed {
  if (typeof value === "number") return { kind: "constant", value };
  if (typeof value === "object" && value !== null) {
    // A JavaScript enum also maps numbers to names.
    const members = Object.entries(value).filter(([, place]) => typeof place === "number");
    return { kind: "enum", value: Object.fromEntries(members) };
  }
  if (typeof value !== "function") throw new TypeError(`contract: ${name} must be a number, enum, struct or function`);
  const text = value.toString();
  if (!text.startsWith("class")) {
    const parameters = (/\(([^)]*)\)/.exec(text)?.[1] ?? "").split(", ");
    return { kind: "formula", value: value as Formula, parameters };
  }
  const fields = Object.keys(new (value as new () => object)());
  return { kind: "struct", value: Object.fromEntries(fields.map((field, place) => [field, place])) };
}

/** The contract compiled by asc: a global `NAME` or `NAME_MEMBER`, or a function `NAME`. */
async function readInAssemblyScript(
  folder: string,
  temporary: string,
  contract: Contract,
): Promise<WebAssembly.Exports> {
  const from = relative(temporary, folder).replaceAll("\\", "/");
  const lines = [...contract].flatMap(([name, agreed]) => {
    if (agreed.kind === "constant") return `export const ${name}: i32 = contract.${name};`;
    if (agreed.kind === "formula") {
      const typed = agreed.parameters.map((parameter) => `${parameter}: i32`).join(", ");
      return `export function ${name}(${typed}): i32 { return contract.${name}(${agreed.parameters.join(", ")}); }`;
    }
    return Object.keys(agreed.value).map((member) => {
      const place =
        agreed.kind === "enum" ? `contract.${name}.${member}` : `offsetof<contract.${name}>("${member}") / 4`;
      return `export const ${name}_${member}: i32 = <i32>(${place});`;
    });
  });
  writeFileSync(join(temporary, "check.ts"), `import * as contract from "${from}/index";\n${lines.join("\n")}\n`);
  const output = ["--outFile", "check.wasm", "--runtime", "stub", "--noExportMemory"];
  const { error } = await compile(["check.ts", "--baseDir", temporary, ...output], { stderr: process.stderr });
  if (error) throw error;
  const module = new WebAssembly.Module(readFileSync(join(temporary, "check.wasm")));
  const abort = (): never => {
    throw new RangeError("contract: formulas must not abort");
  };
  return new WebAssembly.Instance(module, { env: { abort } }).exports;
}

/** @throws Error when asc and JavaScript compute different numbers */
function requireSame(name: string, agreed: Agreed, kernels: WebAssembly.Exports): void {
  if (agreed.kind === "formula") {
    const exact = kernels[name] as Formula;
    for (const numbers of combinations(agreed.parameters.length)) {
      requireEqual(`${name}(${numbers.join(", ")})`, exact(...numbers), agreed.value(...numbers));
    }
    return;
  }
  const places = agreed.kind === "constant" ? [[name, agreed.value] as const] : membersOf(name, agreed.value);
  for (const [place, value] of places) requireEqual(place, (kernels[place] as WebAssembly.Global<"i32">).value, value);
}

function membersOf(name: string, places: Readonly<Record<string, number>>): (readonly [string, number])[] {
  return Object.entries(places).map(([member, place]) => [`${name}_${member}`, place]);
}

function combinations(count: number): number[][] {
  if (count === 0) return [[]];
  return combinations(count - 1).flatMap((others) => ARGUMENTS.map((last) => [...others, last]));
}

function requireEqual(what: string, inKernels: number, inJavaScript: number): void {
  if (inKernels === inJavaScript) return;
  throw new Error(
    `contract: ${what} must be one number in both languages; got ${inKernels} in kernels, ${inJavaScript}`,
  );
}
