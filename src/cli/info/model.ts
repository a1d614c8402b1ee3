import { statSync } from "node:fs";
import type { nn } from "lanegrad";
import { load, readSafetensorsHeader } from "lanegrad/io";
import { printBytes, printCount } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";
import type { Style } from "../terminal/terminal.ts";
import { shownArrays } from "./arrays.ts";
import { columnTable, columnsIn } from "./schema.ts";
import type { Shown } from "./shown.ts";
import { type TrainingFacts, trainingIn, trainingText } from "./training.ts";

/** A row of the table of layers. */
export interface LayerEntry {
  readonly path: string;
  readonly layer: string;
  readonly parameters: number;
}

/** A safetensors file: a model or checkpoint of lanegrad, or tensors of another program. */
export async function modelInfo(path: string): Promise<Shown> {
  const { metadata, tensors } = await readSafetensorsHeader(path);
  const model = hasModel(metadata["lanegrad"]) ? await loaded(path) : undefined;
  if (!model) {
    const entries = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    return shownArrays("safetensors", path, entries);
  }
  const layers = layersOf(model);
  const facts: ModelFacts = {
    type: metadata["state"] === undefined ? "model" : "checkpoint",
    file: path,
    bytes: statSync(path).size,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    layers,
    schema: parsed(metadata["lanegrad.schema"]) ?? null,
    training: trainingIn(parsed(metadata["state"])),
  };
  return { value: facts, text: (style, columns) => textOf(facts, style, columns) };
}

interface ModelFacts {
  readonly type: "model" | "checkpoint";
  readonly file: string;
  readonly bytes: number;
  readonly parameters: number;
  readonly layers: readonly LayerEntry[];
  /** The fitted schema as JSON; null without one. */
  readonly schema: unknown;
  /** Of a checkpoint. */
  readonly training: TrainingFacts | null;
}

function textOf(facts: ModelFacts, { bold }: Style, columns: number): string {
  const { type, file, bytes, parameters, layers, schema, training } = facts;
  const schemaColumns = columnsIn(schema);
  const rows = layers.map(({ path, layer, parameters }) => [path, layer, printCount(parameters)]);
  return [
    `${bold(file)}: a ${type} of ${printCount(parameters)} parameters, ${printBytes(bytes)}`,
    table(["", "layer", "parameters"], rows, columns),
    ...(schemaColumns.length > 0 ? [columnTable(schemaColumns, columns)] : []),
    ...(training ? [trainingText(training, columns)] : []),
  ].join("\n\n");
}

/** The layers of a model, without containers that have no parameters of their own. */
export function layersOf(model: nn.Module): readonly LayerEntry[] {
  return model.namedModules().flatMap(([path, module]) => {
    const children = module.namedChildren();
    const own = module.namedParameters().filter(([name]) => !children.some(([child]) => name.startsWith(`${child}.`)));
    if (children.length > 0 && own.length === 0) return [];
    return [{ path, layer: module.describe(), parameters: own.reduce((sum, [, { size }]) => sum + size, 0) }];
  });
}

/** The model of the file; undefined if it has classes that only its program has. */
async function loaded(path: string): Promise<nn.Module | undefined> {
  try {
    return await load(path);
  } catch (error) {
    if (error instanceof TypeError && error.message.includes("classes")) return undefined;
    throw error;
  }
}

function hasModel(text: string | undefined): boolean {
  return Reflect.has(Object(parsed(text)), "model");
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
