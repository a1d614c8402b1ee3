import type { Network } from "../../network.ts";
import { bytes, concat, whole } from "./protobuf.ts";

// Field numbers and values are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
// TensorProto.DataType
export const FLOAT = 1;
export const INT8 = 3;
const INT_ATTRIBUTE = 2; // AttributeProto.AttributeType
const IR_VERSION = 8;
const OPERATOR_SET = 13;

export type Message = Uint8Array;

/** y = a b. */
export function matmulModel(size: number): Uint8Array {
  return model(
    [node("MatMul", ["a", "b"], ["y"])],
    [],
    [value("a", [size, size]), value("b", [size, size])],
    [size, size],
  );
}

/** The network in evaluation mode, from x [rows, inputs] to y. */
export function networkModel({ layers, activation, loss }: Network, rows: number): Uint8Array {
  const nodes: Message[] = [];
  const weights: Message[] = [];
  let current = "x";
  const add = (kind: string, inputs: readonly string[], attributes: readonly Message[] = []): void => {
    const out = `${kind}${nodes.length}`;
    nodes.push(node(kind, [current, ...inputs], [out], attributes));
    current = out;
  };
  for (const [index, { inputs, outputs, weight, bias }] of layers.entries()) {
    weights.push(tensor(`weight${index}`, [outputs, inputs], weight), tensor(`bias${index}`, [outputs], bias));
    add("Gemm", [`weight${index}`, `bias${index}`], [intAttribute("transB", 1)]);
    if (index < layers.length - 1) add(activation === "relu" ? "Relu" : "Sigmoid", []);
  }
  if (loss === "binaryCrossEntropy") add("Sigmoid", []);
  nodes.push(node("Identity", [current], ["y"]));
  return model(nodes, weights, [value("x", [rows, layers[0]!.inputs])], [rows, layers.at(-1)!.outputs]);
}

export function model(
  nodes: readonly Message[],
  weights: readonly Message[],
  inputs: readonly Message[],
  shape: readonly number[],
): Uint8Array {
  const graph = concat([
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, "graph"),
    ...weights.map((one) => bytes(5, one)),
    ...inputs.map((one) => bytes(11, one)),
    bytes(12, value("y", shape)),
  ]);
  return concat([whole(1, IR_VERSION), bytes(7, graph), bytes(8, [bytes(1, ""), whole(2, OPERATOR_SET)])]);
}

export function node(
  kind: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Message[] = [],
): Message {
  return concat([
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, kind),
    ...attributes.map((one) => bytes(5, one)),
  ]);
}

export function intAttribute(name: string, value: number): Message {
  return concat([bytes(1, name), whole(3, value), whole(20, INT_ATTRIBUTE)]);
}

export function tensor(name: string, shape: readonly number[], values: Float32Array | Int8Array): Message {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const type = values instanceof Int8Array ? INT8 : FLOAT;
  return concat([...shape.map((size) => whole(1, size)), whole(2, type), bytes(8, name), bytes(9, raw)]);
}

/** A value of type float with this name and shape. */
export function value(name: string, shape: readonly number[]): Message {
  const sizes = shape.map((size) => bytes(1, [whole(1, size)]));
  return concat([bytes(1, name), bytes(2, [bytes(1, [whole(1, FLOAT), bytes(2, sizes)])])]);
}
