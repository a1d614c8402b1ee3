import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { type Exported, exportWasm, type Host, writeWasm } from "lanegrad/export";
import { CommandError } from "../errors.ts";
import type { LoadedModel } from "../model/load-model.ts";
import { type Pipeline, pipelineOf } from "../model/pipeline.ts";
import { inputSpecs } from "../model/shapes.ts";
import type { ExportCommandOptions, ExportShown } from "../actions/export.ts";
import { inputFacts, inputLines } from "./inputs.ts";

/** Writes a .wasm file, and modules that load it. */
export async function writeAsWasm(
  loaded: LoadedModel,
  output: string,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  const pipeline = pipelineOf("export", loaded, options);
  const [rows = 1, ...more] = options.batch ?? [];
  const exported = exportWasm(loaded.model, inputSpecs(pipeline.inputs, rows), {
    weights: options.weights,
    keep: options.keep ?? [],
    kernels: options.kernels,
    batchSizes: more,
    ...(pipeline.before && { before: pipeline.before }),
    ...(pipeline.after && { after: pipeline.after }),
  });
  for (const file of modulesOf(output, options.host)) requireOwn(join(dirname(output), file));
  await writeWasm(output, exported, { hosts: options.host });
  const files = modulesOf(output, options.host);
  const { kernels, weights, runs } = exported.description;
  return {
    value: {
      ...inputFacts(pipeline, loaded),
      kernels,
      weights,
      batches: runs.map(({ batch }) => batch),
      modules: files,
    },
    text: [
      `${output}, with ${files.join(" and ")}`,
      String(exported),
      inputLines(pipeline, loaded),
      next(output, files[0] ?? "", pipeline, exported),
    ].join("\n\n"),
  };
}

/** The modules that `writeWasm` writes, for each host. */
function modulesOf(output: string, hosts: readonly Host[]): readonly string[] {
  const stem = basename(output, extname(output));
  return hosts.map((host) => `${hosts.length === 1 ? stem : `${stem}.${host}`}.${host === "node" ? "mjs" : "js"}`);
}

/** Refuses to replace a module that is no export: `model.mjs` may be a program of the user. */
function requireOwn(path: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8").startsWith("// Made by lanegrad")) return;
  throw new CommandError(
    `export: the module beside the .wasm file must be a new file, or one that lanegrad made; got ${JSON.stringify(path)}`,
    "--output names another .wasm file, and so another module",
  );
}

/** How the file is used. */
function next(output: string, module: string, { inputs }: Pipeline, { description }: Exported): string {
  const sizes = inputs.map(({ shape }) => shape.reduce((size, extent) => size * extent, 1));
  const arrays = description.inputs.map(
    ({ dtype }, i) => `new ${dtype === "int32" ? "Int32Array" : "Float32Array"}(${sizes[i] ?? 1})`,
  );
  const given =
    arrays.length === 1
      ? arrays[0]
      : `{ ${description.inputs.map(({ name }, i) => `${JSON.stringify(name)}: ${arrays[i]}`).join(", ")} }`;
  return [
    "Next:",
    `  import { predict } from "./${module}"; // beside ${basename(output)}`,
    `  predict(${given});`,
  ].join("\n");
}
