import type { Operand } from "../../graph/operand.ts";
import {
  ATTRIBUTE,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../model.ts";
import { Float, type Graph, type Node, type NodeAttribute, type Numbers, TYPES, type Value } from "./graph.ts";
import { namesOf, neededNodes } from "./names.ts";
import { requireKnown } from "./translate.ts";

/** An input or output of a graph. */
export interface Port {
  readonly name: string;
  readonly value: Value;
  readonly operand: Operand;
}

/** The path and the description of the layers of a model, by the labels that operands have. */
export type Layers = ReadonlyMap<string, { readonly path: string; readonly description: string }>;

/**
 * The messages of a graph without the nodes and constants that its outputs do not need.
 * @throws TypeError when they need an operation without a form in ONNX
 */
export function encodeGraph(
  name: string,
  graph: Graph,
  inputs: readonly Port[],
  outputs: readonly Port[],
  layers: Layers,
): GraphProto {
  const nodes = neededNodes(
    graph,
    outputs.map(({ value }) => value),
  );
  requireKnown(graph, nodes);
  const given = new Map([...inputs, ...outputs].map((port) => [port.value, port.name]));
  const { ofNode, ofValue } = namesOf(nodes, given, (layer) => layers.get(layer)?.path ?? "");
  const nameOf = (value: Value | null): string => (value ? (ofValue.get(value) ?? "") : "");
  const constants = new Set(
    nodes.flatMap((node) => node.inputs).filter((input) => input && graph.initializers.has(input)),
  );
  return {
    name,
    node: nodes.map((node) => encodeNode(node, ofNode.get(node) ?? "", nameOf, layers.get(node.layer)?.description)),
    initializer: [...constants].map((value) => {
      const numbers = value && graph.initializers.get(value);
      if (!numbers) throw new Error(`exportOnnx: every constant must have numbers; got none for ${nameOf(value)}`);
      return { ...encodeNumbers(numbers), name: nameOf(value) };
    }),
    input: inputs.map(encodePort),
    output: outputs.map(encodePort),
  };
}

function encodeNode(
  node: Node,
  name: string,
  nameOf: (value: Value | null) => string,
  description: string | undefined,
): NodeProto {
  return {
    opType: node.type,
    name,
    input: node.inputs.map(nameOf),
    output: node.outputs.map(nameOf),
    attribute: Object.entries(node.attributes).map(([key, value]) => ({ name: key, ...encodeAttribute(value) })),
    ...(description !== undefined && { docString: description }),
  };
}

function encodeAttribute(value: NodeAttribute): AttributeProto {
  if (value instanceof Float) return { type: ATTRIBUTE.FLOAT, f: value.value };
  if (typeof value === "number") return { type: ATTRIBUTE.INT, i: value };
  if (typeof value === "string") return { type: ATTRIBUTE.STRING, s: value };
  if ("dtype" in value) return { type: ATTRIBUTE.TENSOR, t: encodeNumbers(value) };
  const strings = value.filter((each) => typeof each === "string");
  const ints = value.filter((each) => typeof each === "number");
  return strings.length > 0 ? { type: ATTRIBUTE.STRINGS, strings } : { type: ATTRIBUTE.INTS, ints };
}

function encodeNumbers({ dtype, shape, data }: Numbers): TensorProto {
  return { dims: shape, dataType: TYPES[dtype], rawData: bytesOf(dtype, data) };
}

const MOST_INT64 = (1n << 63n) - 1n;

/** Numbers as little-endian bytes; a view of them where they are an array of their type. */
function bytesOf(dtype: Numbers["dtype"], data: ArrayLike<number>): Uint8Array {
  const { buffer, byteOffset, byteLength } = arrayOf(dtype, data);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function arrayOf(dtype: Numbers["dtype"], data: ArrayLike<number>): Float32Array | Int32Array | BigInt64Array {
  if (dtype === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
  if (dtype === "int32") return data instanceof Int32Array ? data : Int32Array.from(data);
  return BigInt64Array.from(Array.from(data, (value) => (value >= 2 ** 63 ? MOST_INT64 : BigInt(value))));
}

function encodePort({ name, operand }: Port): ValueInfoProto {
  const dim = operand.shape.map((extent) => ({ dimValue: extent }));
  return { name, type: { tensorType: { elemType: TYPES[operand.dtype], shape: { dim } } } };
}
