import { extname, join, resolve } from "node:path";
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { nn } from "lanegrad";
import { type FittedSchema, type Outputs, loadSchema, schemaFrom } from "lanegrad/data";
import * as io from "lanegrad/io";
import { importOnnx } from "lanegrad/onnx";
import { requireFile, requireRegular } from "../data/paths.ts";
import { CommandError } from "../errors.ts";
import { schemaColumns } from "./schema-columns.ts";

/** A model from a file, and how its rows become tensors. */
export interface LoadedModel {
  readonly path: string;
  readonly model: nn.Module;
  /** Undefined if neither the file nor the option has one. */
  readonly schema: FittedSchema | undefined;
  /** What the outputs of a classifier are, by its last layer. */
  readonly outputs: Outputs;
}

/** A model whose rows are known. */
export interface TableModel extends LoadedModel {
  readonly schema: FittedSchema;
}

export interface LoadModelOptions {
  /** A fitted schema: a model file that has one, or its JSON. Default: that in the file of the model. */
  readonly schema?: string | undefined;
  /** A module file whose exports are classes of the model's layers. Default: none. */
  readonly classes?: string | undefined;
}

/** Ends of names of data files. */
const DATA = new Set([".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".json", ".txt"]);

/**
 * The model of a safetensors file, a checkpoint or an ONNX file.
 * @param where the command, which begins its errors
 * @throws CommandError when there is no file, or it has no model
 */
export async function loadModel(where: string, path: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  requireModelFile(where, path);
  const isOnnx = extname(path).toLowerCase() === ".onnx";
  const model = isOnnx ? await importOnnx(path) : await modelIn(where, path, options.classes);
  const schema = await schemaIn(where, isOnnx ? undefined : path, options.schema);
  return { path, model, schema, outputs: outputsOf(model) };
}

/**
 * A model with the schema of its rows.
 * @throws CommandError as `loadModel`, and when there is no schema, or it has no target
 */
export async function loadTableModel(where: string, path: string, options: LoadModelOptions = {}): Promise<TableModel> {
  const loaded = await loadModel(where, path, options);
  const { schema } = loaded;
  if (!schema) {
    throw new CommandError(
      `${where}: the model must have the schema of its rows; got none in ${JSON.stringify(path)}`,
      "--schema names a file that has it: a model that lanegrad train wrote, or the JSON of a fitted schema.\n" +
        "In a program, io.save(model, file, { schema }) writes it with the model.",
    );
  }
  if (!schemaColumns(schema).target) {
    throw new CommandError(`${where}: the schema must have a target; got none in ${JSON.stringify(path)}`);
  }
  return { ...loaded, schema };
}

function requireModelFile(where: string, path: string): void {
  const status = requireFile(where, "the model", path);
  if (status.isDirectory()) {
    const [newest] = readdirSync(path)
      .filter((name) => name.endsWith(".safetensors"))
      .toSorted()
      .toReversed();
    throw new CommandError(
      `${where}: the model must be a file; got the folder ${JSON.stringify(path)}`,
      newest === undefined ? undefined : `it has ${JSON.stringify(join(path, newest))}`,
    );
  }
  if (!DATA.has(extname(path).toLowerCase())) return;
  throw new CommandError(
    `${where}: the model must be a .safetensors or .onnx file; got ${JSON.stringify(path)}`,
    `the model comes first: lanegrad ${where} model.safetensors ${path}`,
  );
}

async function modelIn(where: string, path: string, classes: string | undefined): Promise<nn.Module> {
  const { metadata, tensors } = await io.readSafetensorsHeader(path);
  if (metadata["lanegrad"] === undefined) {
    const count = Object.keys(tensors).length;
    throw new CommandError(
      `${where}: the model must be saved with its layers; got ${count} tensors without them in ${JSON.stringify(path)}`,
      "Another program wrote this file. Make the model in a program, set its state by\n" +
        "model.loadStateDict(await io.readSafetensors(file)), and write it by io.save(model, file, { schema }).\n" +
        `lanegrad info ${path} lists the tensors.`,
    );
  }
  return io.load(path, classes === undefined ? {} : { classes: await classesIn(where, classes) });
}

type Classes = NonNullable<io.LoadOptions["classes"]>;

async function classesIn(where: string, path: string): Promise<Classes> {
  requireFile(where, "--classes", path);
  const exported: unknown = await import(pathToFileURL(resolve(path)).href);
  const isClass = (entry: [string, unknown]): entry is [string, Classes[string]] => typeof entry[1] === "function";
  return Object.fromEntries(Object.entries(Object(exported)).filter(isClass));
}

async function schemaIn(
  where: string,
  path: string | undefined,
  given: string | undefined,
): Promise<FittedSchema | undefined> {
  if (given !== undefined) {
    requireFile(where, "--schema", given);
    requireRegular(where, given);
    if (extname(given).toLowerCase() === ".json") return schemaFrom(readFileSync(given, "utf8"));
    return loadSchema(given);
  }
  if (path === undefined) return undefined;
  const { metadata } = await io.readSafetensorsHeader(path);
  return metadata["lanegrad.schema"] === undefined ? undefined : loadSchema(path);
}

/** A last layer of softmax or sigmoid gives probabilities. */
function outputsOf(model: nn.Module): Outputs {
  const last = model.namedModules().at(-1)?.[1].describe() ?? "";
  return /^(softmax|sigmoid)\b/.test(last) ? "probabilities" : "logits";
}
