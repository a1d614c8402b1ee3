import { FormatError, shown } from "../../base/errors.ts";
import type { Shape } from "../../base/tensor.ts";
import {
  ATTRIBUTE,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TypeProto,
  type ValueInfoProto,
} from "../model.ts";
import { nodeLabel } from "./node.ts";
import { elementOf, valueOf } from "./numbers.ts";
import { OPERATORS, SETTINGS } from "./operators/index.ts";
import type { NumberType, Value } from "./value.ts";

/** An input of a model. */
export interface GraphInput {
  readonly name: string;
  readonly type: NumberType;
  /** Extents, undefined where any will do; undefined for any rank. */
  readonly shape: readonly (number | undefined)[] | undefined;
}

/** A graph whose nodes are all known and in an order in which they can be computed. */
export interface Graph {
  readonly opset: number;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  readonly initializers: ReadonlyMap<string, Value>;
  /** Initializers that are learned, and those that running statistics are. The others are constants. */
  readonly parameters: ReadonlySet<string>;
  readonly buffers: ReadonlySet<string>;
  readonly nodes: readonly NodeProto[];
}

/** Opsets whose operators are known. */
const OPSETS = { first: 1, last: 21 };

/** @throws FormatError when the model has anything that is not read: operators, subgraphs, sparse or external tensors */
export function graphOf(where: string, model: ModelProto): Graph {
  const { graph } = model;
  if (!graph) throw new FormatError(`${where}: a model must have a graph; got none`);
  const opset = opsetOf(where, model);
  if ((graph.sparseInitializer ?? []).length > 0) {
    throw new FormatError(`${where}: initializers must be dense; got a sparse tensor`);
  }
  const nodes = graph.node ?? [];
  const known = Object.keys(OPERATORS).toSorted();
  requireOperators(where, nodes, known);
  for (const node of nodes) requireAttributes(where, node);
  const initializers = new Map(
    (graph.initializer ?? []).map((tensor) => {
      const name = tensor.name ?? "";
      return [name, valueOf(`${where}: initializer ${shown(name)}`, tensor)] as const;
    }),
  );
  if (initializers.size !== (graph.initializer ?? []).length || initializers.has("")) {
    throw new FormatError(`${where}: initializers must have different names; got two of one name, or none`);
  }
  const inputs = (graph.input ?? [])
    .filter(({ name = "" }) => !initializers.has(name))
    .map((each) => inputOf(where, each));
  requireOrder(where, graph, initializers, inputs);
  const outputs = (graph.output ?? []).map(({ name = "" }) => name);
  return { opset, inputs, outputs, initializers, nodes, ...rolesOf(nodes, outputs, initializers) };
}

function opsetOf(where: string, { opsetImport = [], functions = [] }: ModelProto): number {
  if (functions.length > 0) throw new FormatError(`${where}: a model must have no functions of its own; got some`);
  const version = opsetImport.find(({ domain = "" }) => isOnnx(domain))?.version ?? 1;
  if (version >= OPSETS.first && version <= OPSETS.last) return version;
  throw new FormatError(`${where}: the opset must be from ${OPSETS.first} to ${OPSETS.last}; got ${version}`);
}

function isOnnx(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** Requires that all operators are known; the error names each other one once, with its first node, up to ten. */
function requireOperators(where: string, nodes: readonly NodeProto[], known: readonly string[]): void {
  const others = new Map<string, string>();
  for (const { opType = "", domain = "", name = "" } of nodes) {
    if (isOnnx(domain) && known.includes(opType)) continue;
    const operator = isOnnx(domain) ? shown(opType) : `${shown(opType)} of domain ${shown(domain)}`;
    if (!others.has(operator)) others.set(operator, `${operator} (node ${shown(name)})`);
  }
  if (others.size === 0) return;
  const [first, rest] = [[...others.values()].slice(0, 10), others.size - 10];
  const got = [...first, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
  throw new FormatError(`${where}: operators must be ${known.join(", ")}; got ${got}`);
}

function requireAttributes(where: string, node: NodeProto): void {
  const { attribute = [] } = node;
  const graph = attribute.find(({ type }) => type === ATTRIBUTE.GRAPH || type === ATTRIBUTE.GRAPHS);
  if (graph) throw new FormatError(`${where}: attributes must not be graphs; got one in ${nodeLabel(node)}`);
}

function inputOf(where: string, { name = "", type = {} }: ValueInfoProto): GraphInput {
  if (name === "") throw new FormatError(`${where}: inputs must have names; got one without`);
  const { tensorType } = type;
  if (!tensorType) {
    throw new FormatError(`${where}: inputs must be tensors; got ${kindOf(type)} ${shown(name)}`);
  }
  const { shape } = tensorType;
  const element = elementOf(`${where}: input ${shown(name)}`, tensorType.elemType);
  const extents = shape?.dim ?? (shape && []);
  return { name, type: element.type, shape: extents?.map(({ dimValue }) => dimValue) };
}

function kindOf({ sequenceType, mapType, optionalType, sparseTensorType }: TypeProto): string {
  if (sequenceType) return "a sequence";
  if (mapType) return "a map";
  if (optionalType) return "an optional value";
  return sparseTensorType ? "a sparse tensor" : "a value without type";
}

/** Requires that every value is made once, before its users. */
function requireOrder(
  where: string,
  graph: GraphProto,
  initializers: ReadonlyMap<string, Value>,
  inputs: readonly GraphInput[],
): void {
  if (inputs.length === 0) throw new FormatError(`${where}: a model must have an input; got none`);
  const made = new Set(["", ...initializers.keys(), ...inputs.map(({ name }) => name)]);
  if (made.size !== 1 + initializers.size + inputs.length) {
    throw new FormatError(`${where}: inputs must have different names; got two of one name`);
  }
  for (const node of graph.node ?? []) {
    const missing = (node.input ?? []).find((name) => !made.has(name));
    if (missing !== undefined) {
      throw new FormatError(
        `${where}: values must be made before they are used; got ${shown(missing)} in ${nodeLabel(node)}`,
      );
    }
    for (const name of node.output ?? []) {
      if (name !== "" && made.has(name)) {
        throw new FormatError(`${where}: values must have different names; got ${shown(name)} twice`);
      }
      made.add(name);
    }
  }
  const outputs = (graph.output ?? []).map(({ name = "" }) => name);
  const missing = outputs.find((name) => name === "" || !made.has(name));
  if (outputs.length > 0 && missing === undefined) return;
  throw new FormatError(
    `${where}: outputs must be values of the graph; got ${missing === undefined ? "none" : shown(missing)}`,
  );
}

/** Which floats are learned: those that are computed with, by an operator that makes no mere setting of them. */
function rolesOf(
  nodes: readonly NodeProto[],
  outputs: readonly string[],
  initializers: ReadonlyMap<string, Value>,
): Pick<Graph, "parameters" | "buffers"> {
  const computed = new Set(outputs);
  const buffers = new Set<string>();
  for (const { opType = "", input = [], output = [] } of nodes.toReversed()) {
    const settings = SETTINGS[opType] ?? [];
    if (!output.some((name) => computed.has(name))) continue;
    input.forEach((name, i) => {
      if (opType === "BatchNormalization" && i >= 3) buffers.add(name);
      else if (!settings.includes(i)) computed.add(name);
    });
  }
  const isFloat = (name: string): boolean => initializers.get(name)?.type === "float";
  const isLearned = (name: string): boolean => isFloat(name) && rankOf(initializers.get(name)?.shape) > 0;
  return {
    buffers: new Set([...buffers].filter(isFloat)),
    parameters: new Set(
      [...initializers.keys()].filter((name) => computed.has(name) && isLearned(name) && !buffers.has(name)),
    ),
  };
}

function rankOf(shape: Shape = []): number {
  return shape.length;
}
