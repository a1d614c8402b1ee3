import { FormatError, ShapeError, shown } from "../../base/errors.ts";
import type { Dtype } from "../../base/tensor.ts";
import { printShape } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { addEffect, within } from "../../graph/scope.ts";
import { Buffer } from "../../nn/module/buffer.ts";
import { dropout } from "../../nn/dropout/dropout.ts";
import { Module } from "../../nn/module/module.ts";
import type { Outputs } from "../../nn/module/outputs.ts";
import { Parameter } from "../../nn/module/parameter.ts";
import { updateMoments } from "../../ops/batch-normalization.ts";
import { notEqual } from "../../ops/elementwise/comparison.ts";
import type { Graph, GraphInput } from "./graph.ts";
import type { NodeProto } from "../model.ts";
import { valueOf } from "./numbers.ts";
import { Node, type NodeState, nodeLabel } from "./node.ts";
import { OPERATORS } from "./operators/index.ts";
import { type Numbers, Value } from "./value.ts";

/** An input of an ONNX file. */
export interface OnnxInput {
  readonly name: string;
  /** What `forward` takes; truth values are float32. */
  readonly dtype: Dtype;
  /** Extents, null where any will do, as for the batch; null for any rank. */
  readonly shape: readonly (number | null)[] | null;
}

/** Numbers of all nodes that are computed when a graph is traced, at most: 512 MB. */
const MOST_FOLDED_IN_ALL = 2 ** 26;

/**
 * The graph of an ONNX file as a module: each node is traced for the shapes of the inputs.
 *
 * Weights are parameters, running statistics of batch normalization buffers, with the names that they have in the file.
 * Dropout and batch normalization follow the mode of the module. The inputs of `forward` are those of the graph, in its order.
 */
export class OnnxModule extends Module {
  override readonly inputNames: readonly string[];
  /** The inputs of the graph, in its order. */
  readonly inputs: readonly OnnxInput[];
  /** Names of the outputs in the file. `exportOnnx` calls a single output `output` unless its option `names` says another. */
  readonly outputNames: readonly string[];
  readonly #graph: Graph;
  readonly #variables: ReadonlyMap<string, Parameter | Buffer>;
  readonly #counts: ReadonlyMap<string, Buffer<"int32">>;
  readonly #dropouts: ReadonlyMap<string, ReturnType<typeof dropout>>;

  /** @internal */
  constructor(graph: Graph) {
    super();
    this.#graph = graph;
    this.inputNames = graph.inputs.map(({ name }) => name);
    this.inputs = graph.inputs.map(({ name, type, shape }) => ({
      name,
      dtype: dtypeOf(type),
      shape: shape?.map((extent) => extent ?? null) ?? null,
    }));
    this.outputNames = graph.outputs;
    this.#variables = new Map(
      [...graph.initializers].flatMap(([name, value]): [string, Parameter | Buffer][] => {
        if (graph.parameters.has(name)) return [[name, filled(new Parameter(value.shape), value)]];
        return graph.buffers.has(name) ? [[name, filled(new Buffer(value.shape), value)]] : [];
      }),
    );
    this.#counts = new Map(
      graph.nodes.flatMap(({ opType, input = [] }) =>
        opType === "BatchNormalization" ? [[input[3] ?? "", new Buffer([], "int32")] as const] : [],
      ),
    );
    const constants = new Map(
      graph.nodes.flatMap((node) => (node.opType === "Constant" ? [[node.output?.[0] ?? "", node] as const] : [])),
    );
    this.#dropouts = new Map(
      graph.nodes.flatMap((node) =>
        node.opType === "Dropout"
          ? [[node.output?.[0] ?? "", dropout(probabilityOf(graph, constants, node))] as const]
          : [],
      ),
    );
  }

  override forward(...inputs: readonly Operand[]): Outputs {
    const { inputs: declared, outputs, initializers, nodes, opset } = this.#graph;
    if (inputs.length !== declared.length) {
      const names = this.inputNames.map(shown).join(", ");
      throw new ShapeError(`onnx: there must be ${declared.length} inputs, ${names}; got ${inputs.length}`);
    }
    const values = new Map<string, Value | undefined>(initializers);
    for (const [name, variable] of this.#variables) values.set(name, Value.of(variable));
    inputs.forEach((operand, i) => {
      const input = declared[i];
      if (input) values.set(input.name, given(input, operand));
    });
    const state = this.#state();
    const folded = new FoldedNumbers([...initializers.values()]);
    for (const proto of nodes) {
      const results = within(nodeLabel(proto), () => {
        const taken = (proto.input ?? []).map((name) => values.get(name));
        const node = new Node(proto, opset, taken, state);
        const made = OPERATORS[proto.opType ?? ""]?.(node);
        node.requireRead();
        if (proto.opType !== "Constant") folded.count(made);
        return made;
      });
      const list = results instanceof Value ? [results] : (results ?? []);
      proto.output?.forEach((name, i) => values.set(name, list[i]));
    }
    const operandOf = (name: string): Operand => {
      const value = values.get(name);
      if (value) return value.operand;
      throw new ShapeError(`onnx: outputs must be results that are given; got ${shown(name)}`);
    };
    const [first = ""] = outputs;
    return outputs.length === 1 ? operandOf(first) : Object.fromEntries(outputs.map((name) => [name, operandOf(name)]));
  }

  /** @internal */
  override namedState(): [string, Parameter | Buffer<Dtype>][] {
    return [...this.#variables];
  }

  override namedChildren(): [string, Module][] {
    return [...this.#dropouts];
  }

  override describe(): string {
    const { inputs, outputs, nodes } = this.#graph;
    const taken = inputs.map((input) => `${input.name} ${printInput(input)}`).join(", ");
    return `onnx ${taken} -> ${outputs.join(", ")}, ${nodes.length} nodes`;
  }

  #state(): NodeState {
    return {
      training: this.training,
      dropout: (node, x) => this.#dropouts.get(node.proto.output?.[0] ?? "")?.call(x) ?? x,
      updateMoments: (node, moments, count, momentum) => {
        const [, , , meanName = "", varianceName = ""] = node.proto.input ?? [];
        const [mean, variance, batches] = [
          this.#variables.get(meanName),
          this.#variables.get(varianceName),
          this.#counts.get(meanName),
        ];
        if (mean instanceof Buffer && variance instanceof Buffer && batches) {
          addEffect(() => updateMoments({ mean, variance, batches }, moments, count, momentum));
        }
      },
    };
  }
}

/** Numbers beyond those of the file that nodes computed while a graph is traced: they are in memory until its end. */
class FoldedNumbers {
  readonly #seen: WeakSet<Numbers>;
  #size = 0;

  constructor(initializers: readonly Value[]) {
    this.#seen = new WeakSet(initializers.flatMap(({ numbers }) => numbers ?? []));
  }

  /** @throws ShapeError when they are more than any model needs */
  count(made: Value | readonly Value[] | undefined): void {
    for (const { numbers } of made instanceof Value ? [made] : (made ?? [])) {
      if (!numbers || this.#seen.has(numbers)) continue;
      this.#seen.add(numbers);
      this.#size += numbers.length;
    }
    if (this.#size <= MOST_FOLDED_IN_ALL) return;
    throw new ShapeError(`onnx: nodes of constants must give at most 2^26 numbers in all; got ${this.#size}`);
  }
}

/** The probability of a Dropout node: an attribute, or since opset 12 an input that is an initializer or a constant. */
function probabilityOf(graph: Graph, constants: ReadonlyMap<string, NodeProto>, node: NodeProto): number {
  const { attribute = [], input = [] } = node;
  const name = input[1] ?? "";
  const tensor = constants.get(name)?.attribute?.find((each) => each.name === "value")?.t;
  const value = graph.initializers.get(name) ?? (tensor && valueOf(nodeLabel(node), tensor));
  const p = attribute.find((each) => each.name === "ratio")?.f ?? value?.numbers?.[0] ?? 0.5;
  if (p >= 0 && p <= 1) return p;
  throw new FormatError(`importOnnx: ratio of ${nodeLabel(node)} must be from 0 to 1; got ${p}`);
}

function filled<V extends Parameter | Buffer>(variable: V, { numbers }: Value): V {
  if (numbers) variable.write().set(numbers);
  return variable;
}

/** An input of the graph; truth values may be floats, or integers that are not 0 where true. */
function given(input: GraphInput, operand: Operand): Value {
  const { name, type, shape } = input;
  const { dtype } = operand;
  if (type === "boolean") return Value.of(dtype === "int32" ? notEqual(operand, 0) : operand, "boolean");
  const fits =
    !shape ||
    (shape.length === operand.shape.length &&
      shape.every((extent, axis) => axis === 0 || extent === undefined || extent === operand.shape[axis]));
  if (dtype === dtypeOf(type) && fits) return Value.of(operand);
  throw new ShapeError(
    `onnx: input ${shown(name)} must be ${printInput(input)}; got ${dtype} ${printShape(operand.shape)}`,
  );
}

/** `float32 [any, 1, 28, 28]` */
function printInput({ type, shape }: GraphInput): string {
  const kind = type === "boolean" ? type : dtypeOf(type);
  return shape ? `${kind} [${shape.map((extent, axis) => (axis === 0 ? "any" : (extent ?? "any"))).join(", ")}]` : kind;
}

function dtypeOf(type: GraphInput["type"]): Dtype {
  return type === "integer" ? "int32" : "float32";
}
