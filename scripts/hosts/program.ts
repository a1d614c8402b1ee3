/** What is written for a host: the files, their modules, and a program that runs all calls and gives the bits. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Host, writeWasm } from "../../src/export/index.ts";
import type { HostCase } from "./cases.ts";

/** What `outputs` of the program gives: for each case the outputs of all calls, or the text of an error. */
export type Outputs = Readonly<Record<string, readonly unknown[] | string>>;

const PROGRAM = `
const typed = ({ array, base64 }) => {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  return array === "Int32Array" ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
};
const bits = ({ buffer, byteOffset, byteLength }) =>
  btoa(Array.from(new Uint8Array(buffer, byteOffset, byteLength), (each) => String.fromCharCode(each)).join(""));
const byName = (value, isOne, of) =>
  isOne(value) ? of(value) : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, of(each)]));
const message = (run) => {
  try {
    run();
  } catch (error) {
    return \`\${error.name}: \${error.message}\`;
  }
};

/** All outputs are kept until all calls were made. */
export function outputs() {
  return Object.fromEntries(cases.map(([name, calls]) => {
    const { predict, reset } = modules[name];
    try {
      const given = calls.map((each) => byName(each, ({ array }) => typeof array === "string", typed));
      if (reset) predict(given[0]), reset();
      const results = given.map((each) => predict(each));
      const wrong = message(() => predict(new Float32Array(3)));
      return [name, [...results.map((each) => byName(each, ArrayBuffer.isView, bits)), wrong]];
    } catch (error) {
      return [name, String(error.stack)];
    }
  }));
}
`;

/** Writes all of it for a host, to a new directory, and returns the path of that. */
export async function writeProgram(name: string, host: Host, cases: readonly HostCase[]): Promise<string> {
  const directory = resolve(`build/hosts/${name}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const { name: file, exported } of cases)
    await writeWasm(`${directory}/${file}.wasm`, exported, { hosts: [host] });
  const imports = cases.map((each, i) => `import * as m${i} from "./${each.name}.${host === "node" ? "mjs" : "js"}";`);
  const modules = cases.map((each, i) => `"${each.name}": m${i}`);
  const calls = cases.map((each) => [each.name, each.calls.map(({ given }) => given)]);
  const text = [
    ...imports,
    `const modules = { ${modules.join(", ")} };`,
    `const cases = ${JSON.stringify(calls)};`,
    PROGRAM,
  ];
  writeFileSync(`${directory}/program.js`, text.join("\n"));
  writeFileSync(`${directory}/package.json`, '{ "type": "module" }\n');
  return directory;
}
