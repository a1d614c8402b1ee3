import { basename, extname } from "node:path";
import { type Exported, exportWasm, type Host, writeWasm } from "lanegrad/export";
import type { LoadedModel } from "../../model/load-model.ts";
import { type Prepared, prepared } from "../../model/prepared.ts";
import { inputSpecs } from "../../model/shapes.ts";
import type { ExportCommandOptions, ExportShown } from "../export.ts";
import { inputFacts, inputLines } from "./inputs.ts";

/** Writes a .wasm file, and modules that load it. */
export async function writeAsWasm(
  loaded: LoadedModel,
  output: string,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  const plan = prepared("export", loaded, options);
  const [rows = 1, ...more] = options.batch ?? [];
  const exported = exportWasm(loaded.model, inputSpecs(plan.inputs, rows), {
    weights: options.weights,
    keep: options.keep ?? [],
    kernels: options.kernels,
    batchSizes: more,
    ...(plan.before && { before: plan.before }),
    ...(plan.after && { after: plan.after }),
  });
  await writeWasm(output, exported, { hosts: options.host });
  const files = modulesOf(output, options.host);
  const { kernels, weights, runs } = exported.description;
  return {
    value: { ...inputFacts(plan, loaded), kernels, weights, batches: runs.map(({ batch }) => batch), modules: files },
    text: [
      `${output}, with ${files.join(" and ")}`,
      String(exported),
      inputLines(plan, loaded),
      next(output, files[0] ?? "", plan, exported),
    ].join("\n\n"),
  };
}

/** The modules that `writeWasm` writes, for each host. */
function modulesOf(output: string, hosts: readonly Host[]): readonly string[] {
  const stem = basename(output, extname(output));
  return hosts.map((host) => `${hosts.length === 1 ? stem : `${stem}.${host}`}.${host === "node" ? "mjs" : "js"}`);
}

/** How the file is used. */
function next(output: string, module: string, { inputs }: Prepared, { description }: Exported): string {
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
