import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The licenses of the packages of bundled files, which are given by their paths. */
export function licensesOf(inputs: readonly string[]): string {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const bundled = [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
  return bundled
    .map((folder) => {
      const text = readFileSync(join(folder, "package.json"), "utf8");
      const { name, version, license } = JSON.parse(text) as Record<string, string>;
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}`;
    })
    .join("\n----------\n\n");
}
