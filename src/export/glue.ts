import type { Description } from "./description.ts";
import { type GlueFile, type Host, MADE_FOR } from "./glue/hosts.ts";
import { LOADING } from "./glue/load.ts";
import { predicting } from "./glue/predict.ts";

export { type GlueFile, type Host, requireFileName, requireHost } from "./glue/hosts.ts";
export { types } from "./glue/types.ts";

/**
 * The source text of an ES module that loads a file of `exportWasm` in one host and exports `predict`. It imports nothing of
 * lanegrad. The module has one instance of the file, whose memory `predict` uses from its first line to its last: it is
 * synchronous, so calls never overlap, and it copies what it returns.
 */
export function glue(host: Host, description: Description, file: GlueFile): string {
  const { imports, wasm, value } = LOADING[host](file);
  const made = `// Made by lanegrad ${description.library} for ${MADE_FOR[host]}.`;
  return `${[made, ...imports, "", ...wasm, ...predicting(description, value)].join("\n")}\n`;
}
