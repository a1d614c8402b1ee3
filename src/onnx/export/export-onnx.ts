import { version } from "#kernels/version";
import { ShapeError, requireArray, requireOneOf, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { printShape } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder, requireOwnInputs } from "../../graph/order.ts";
import { effectsOfTrace } from "../../graph/scope.ts";
import { type InputKind, type InputSpecs, inputKinds } from "../../nn/module/input-kinds.ts";
import { type Module, requireModule } from "../../nn/module/module.ts";
import { namesOf, operandsOf } from "../../nn/module/outputs.ts";
import { inputsLike, outputsOf } from "../../nn/module/run.ts";
import { stateOf } from "../../nn/module/state.ts";
import { type GraphProto, writeModel } from "../model.ts";
import { forAnyBatch } from "./batch.ts";
import { type Layers, encodeGraph } from "./encode.ts";
import type { Value } from "./graph.ts";
import { translated } from "./translate.ts";

export interface ExportOnnxOptions {
  /** The version of ONNX's operators. Default: 17, the only one. */
  readonly opset?: 17;
  /** Names of inputs and outputs, in order. */
  readonly names?: {
    /** Default: the model's `inputNames`; else `input`, or `input_0`, `input_1`, ... */
    readonly inputs?: readonly string[];
    /** Default: the names that `forward` returns; else `output`. */
    readonly outputs?: readonly string[];
  };
  /**
   * `"dynamic"`: the first axis of all inputs may have any extent. The model is traced for two batch sizes, which must give the
   * same operations. Default: `"fixed"`.
   */
  readonly batch?: "fixed" | "dynamic";
}

/** The version of the file format that goes with opset 17. */
const IR_VERSION = 8;

/** Most bytes of a protobuf message. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The bytes of an ONNX file of a model in evaluation mode: opset 17, for inputs of fixed shapes. Parameters and buffers are
 * initializers with their names in the state dict; nodes are named after their layers.
 *
 * @param inputs shapes of inputs, as in `compile`
 * @throws TypeError when an operation has no form in ONNX, or depends on the batch size where that is dynamic; or an option is
 * unknown
 * @throws ShapeError when sizes do not fit, naming the layer; or the first axis of inputs is not the batch where that is dynamic
 * @throws RangeError when an option has another value, or names are not as many as inputs or outputs, or not different
 */
export function exportOnnx(
  model: Module,
  inputs: InputSpecs,
  options: ExportOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  const where = "exportOnnx";
  requireModule(where, "the model", model);
  const { opset, names, batch } = withDefaults(where, options, { opset: 17, names: {}, batch: "fixed" });
  if (opset !== 17) throw new RangeError(`${where}: opset must be 17; got ${shown(opset)}`);
  requireOneOf(where, "batch", batch, ["fixed", "dynamic"]);
  const given = withDefaults(`${where}, names`, names, { inputs: undefined, outputs: undefined });
  const kinds = inputKinds(where, inputs, "float32", model.inputNames);
  const graph = batch === "fixed" ? graphOf(model, kinds, given) : graphOfAnyBatch(model, kinds, given);
  const bytes = writeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: opset }],
    producerName: "lanegrad",
    producerVersion: version,
    docString: String(model),
    graph,
  });
  if (bytes.length <= MOST_BYTES) return bytes;
  throw new RangeError(
    `${where}: a file must have at most 2^31 - 1 bytes, which its readers can take; got ${bytes.length}`,
  );
}

/** Names as the options have them. */
interface GivenNames {
  readonly inputs: readonly string[] | undefined;
  readonly outputs: readonly string[] | undefined;
}

function graphOfAnyBatch(model: Module, kinds: readonly InputKind[], names: GivenNames): GraphProto {
  const [rows] = kinds[0]?.shape ?? [];
  const other = kinds.find(({ shape }) => shape[0] === undefined || shape[0] !== rows);
  if (rows === undefined || other) {
    throw new ShapeError(
      `exportOnnx: the first axis of all inputs must be the batch if that is "dynamic"; got ${kinds.map(({ shape }) => printShape(shape)).join(", ")}`,
    );
  }
  const given = graphOf(model, kinds, names);
  // A batch of one sample may be traced to simpler operations than others.
  const size = Math.max(2, rows);
  const graphFor = (batch: number): GraphProto => {
    const like = kinds.map(({ shape, dtype }) => ({ shape: [batch, ...shape.slice(1)], dtype }));
    try {
      return graphOf(model, like, names);
    } catch (error) {
      if (error instanceof Error) error.message += ` (for ${batch} rows, because batch is "dynamic")`;
      throw error;
    }
  };
  return forAnyBatch({ graphs: [size === rows ? given : graphFor(size), graphFor(size + 1)], sizes: [size, size + 1] });
}

function graphOf(model: Module, kinds: readonly InputKind[], names: GivenNames): GraphProto {
  const inputs = inputsLike(kinds);
  const traced = model.inMode(false, () =>
    model.trace(() => {
      const outputs = outputsOf(model, inputs);
      const [effect] = effectsOfTrace();
      if (!effect) return outputs;
      throw new TypeError(`exportOnnx: no operation may change variables; got ${effect}`);
    }),
  );
  const outputs = operandsOf(traced);
  requireOwnInputs(executionOrder(outputs), inputs);
  const stateNames = new Map<Operand, string>();
  for (const [name, variable] of stateOf(model)) if (!stateNames.has(variable)) stateNames.set(variable, name);
  const graph = translated([...inputs, ...outputs], stateNames);
  const inputNames = namesFor("inputs", names.inputs, inputs, model.inputNames ?? defaultNames("input", inputs.length));
  const outputNames = namesFor(
    "outputs",
    names.outputs,
    outputs,
    namesOf(traced) ?? defaultNames("output", outputs.length),
  );
  requireDifferent([...inputNames, ...outputNames]);
  // An output needs a node of its own.
  const values = new Set<Value>();
  const outputPorts = outputs.map((operand, i) => {
    graph.layer = "";
    const value = graph.of(operand);
    const isResult = graph.nodes.some((node) => node.outputs.includes(value));
    const own = isResult && !values.has(value) ? value : graph.node("Identity", [value]);
    values.add(own);
    return { name: outputNames[i] ?? "", value: own, operand };
  });
  const inputPorts = inputs.map((operand, i) => ({ name: inputNames[i] ?? "", value: graph.of(operand), operand }));
  return encodeGraph(model.describe() || "model", graph, inputPorts, outputPorts, layersOf(model));
}

function defaultNames(name: string, count: number): readonly string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}_${i}`);
}

function namesFor(
  what: "inputs" | "outputs",
  given: readonly string[] | undefined,
  operands: readonly Operand[],
  defaults: readonly string[],
): readonly string[] {
  if (given === undefined) return defaults.slice(0, operands.length);
  requireArray("exportOnnx", `names of ${what}`, given);
  if (given.length === operands.length && given.every((name) => typeof name === "string" && name !== "")) return given;
  throw new RangeError(
    `exportOnnx: names of ${what} must be an array of length ${operands.length} with non-empty strings; got ${shown(given)}`,
  );
}

function requireDifferent(names: readonly string[]): void {
  if (new Set(names).size === names.length) return;
  throw new RangeError(`exportOnnx: names of inputs and outputs must be different; got ${names.map(shown).join(", ")}`);
}

/** The layers of a model by the labels that operands have. */
function layersOf(model: Module): Layers {
  const labels = model.paths();
  return new Map(
    model.namedModules().map(([path, module]) => [labels.get(module) ?? "", { path, description: module.describe() }]),
  );
}
