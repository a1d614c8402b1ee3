/** One case of ONNX's test data: a model, and inputs with the outputs that it must give. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Tensor, printShape, sameShape } from "../../src/base/tensor.ts";
import { valueOf } from "../../src/onnx/import/numbers.ts";
import type { Value } from "../../src/onnx/import/value.ts";
import { importOnnx } from "../../src/onnx/index.ts";
import { type ModelProto, type TensorProto, readModel, readTensorProto, writeModel } from "../../src/onnx/model.ts";

/** Largest difference: |out - expected| <= ATOL + RTOL |expected|. */
export const RTOL = 1e-3;
export const ATOL = 1e-5;

/** What became of a case. */
export interface Outcome {
  readonly operators: readonly string[];
  /** Undefined if the outputs are as they must be. */
  readonly problem: string | undefined;
  /** Inputs that had to be part of the model, because they decide shapes. */
  readonly fixed: readonly string[];
}

/** The files of a case: its model, and the tensors of each data set. */
export interface Files {
  readonly model: Uint8Array;
  readonly sets: readonly { readonly inputs: readonly Uint8Array[]; readonly outputs: readonly Uint8Array[] }[];
}

/** The files of the case in a folder. */
export function filesIn(folder: string): Files {
  const numbered = (set: string, kind: "input" | "output"): Uint8Array[] => {
    const files: Uint8Array[] = [];
    const path = (i: number): string => join(folder, set, `${kind}_${i}.pb`);
    for (let i = 0; existsSync(path(i)); i++) files.push(readFileSync(path(i)));
    return files;
  };
  const sets = readdirSync(folder).filter((name) => name.startsWith("test_data_set"));
  return {
    model: readFileSync(join(folder, "model.onnx")),
    sets: sets.map((set) => ({ inputs: numbered(set, "input"), outputs: numbered(set, "output") })),
  };
}

/** Runs all data sets of a case. */
export async function runCase({ model: file, sets }: Files): Promise<Outcome> {
  const model = readModel("case", file);
  const operators = [...new Set((model.graph?.node ?? []).map(({ opType = "" }) => opType))];
  const fixed = new Set<string>();
  try {
    await importOnnx(writeModel(withFixed(model, new Map())));
    for (const set of sets) {
      const problem = await runSet(model, set, fixed);
      if (problem !== undefined) return { operators, problem, fixed: [...fixed] };
    }
    return { operators, problem: undefined, fixed: [...fixed] };
  } catch (error) {
    return { operators, problem: error instanceof Error ? error.message : String(error), fixed: [...fixed] };
  }
}

async function runSet(
  model: ModelProto,
  { inputs, outputs: results }: Files["sets"][number],
  fixed: Set<string>,
): Promise<string | undefined> {
  const protos = inputs.map((bytes) => readTensorProto("an input", bytes));
  const expected = results.map((bytes) => valueOf("an output", readTensorProto("an output", bytes)));
  const initialized = new Set((model.graph?.initializer ?? []).map(({ name }) => name));
  const declared = (model.graph?.input ?? []).map(({ name = "" }) => name);
  const names = declared.length === protos.length ? declared : declared.filter((name) => !initialized.has(name));
  const given = new Map(names.map((name, i) => [name, protos[i] ?? {}]));
  const outputs = (model.graph?.output ?? []).map(({ name = "" }) => name);
  try {
    return compare(await resultsOf(model, given), outputs, expected);
  } catch (error) {
    if (!decidesShape(error)) throw error;
  }
  const settings = new Map([...given].slice(1));
  const partly = await attempt(() => resultsOf(withFixed(model, settings), new Map([...given].slice(0, 1))));
  for (const name of settings.keys()) fixed.add(name);
  if (partly) return compare(partly, outputs, expected);
  for (const name of given.keys()) fixed.add(name);
  return compare(await resultsOf(withFixed(model, given), new Map()), outputs, expected);
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (decidesShape(error)) return undefined;
    throw error;
  }
}

/** Whether an input must be known before a run: as it decides a shape, or is an index that counts from the end. */
function decidesShape(error: unknown): boolean {
  return (
    error instanceof Error && /must be known from shapes and constants|indices must be from 0 to/.test(error.message)
  );
}

/** The model with inputs as initializers, and an input that nothing reads if there would be none. */
function withFixed(model: ModelProto, fixed: ReadonlyMap<string, TensorProto>): ModelProto {
  const { graph = {} } = model;
  const initializer = [...(graph.initializer ?? []), ...[...fixed].map(([name, tensor]) => ({ ...tensor, name }))];
  const rest = (graph.input ?? []).filter(({ name = "" }) => !fixed.has(name));
  const unread = { name: "unread input", type: { tensorType: { elemType: 1 } } };
  return { ...model, graph: { ...graph, initializer, input: rest.length > 0 ? rest : [unread] } };
}

async function resultsOf(
  model: ModelProto,
  given: ReadonlyMap<string, TensorProto>,
): Promise<Readonly<Record<string, Tensor>> | Tensor> {
  const imported = (await importOnnx(writeModel(model))).train(isTraining(model));
  const inputs = imported.inputNames.map((name) => {
    const tensor = given.get(name);
    return tensor ? tensorOf(valueOf(name, tensor)) : new Tensor([1], "float32", new Float32Array(1));
  });
  return imported.run(...inputs);
}

/** Whether batch normalization must use the statistics of the batch. */
function isTraining({ graph }: ModelProto): boolean {
  const attributes = (graph?.node ?? []).flatMap(({ attribute = [] }) => attribute);
  return attributes.some(({ name, i }) => name === "training_mode" && i === 1);
}

function tensorOf({ type, shape, numbers = new Float64Array() }: Value): Tensor {
  if (type !== "integer") return new Tensor(shape, "float32", Float32Array.from(numbers));
  return new Tensor(shape, "int32", Int32Array.from(numbers));
}

function compare(
  results: Readonly<Record<string, Tensor>> | Tensor,
  outputs: readonly string[],
  expected: readonly Value[],
): string | undefined {
  for (const [i, value] of expected.entries()) {
    const result = results instanceof Tensor ? results : results[outputs[i] ?? ""];
    if (!result) return `output ${i} is missing`;
    if (!sameShape(result.shape, value.shape)) {
      return `output ${i} is ${printShape(result.shape)} instead of ${printShape(value.shape)}`;
    }
    const wrong = result.data.findIndex((each, at) => !isClose(each, value.numbers?.[at] ?? NaN));
    if (wrong >= 0) return `output ${i} has ${result.data[wrong]} instead of ${value.numbers?.[wrong]} at ${wrong}`;
  }
  return undefined;
}

function isClose(got: number, wanted: number): boolean {
  if (Number.isNaN(wanted)) return Number.isNaN(got);
  return got === wanted || Math.abs(got - wanted) <= ATOL + RTOL * Math.abs(wanted);
}
