import { shown } from "../../base/shown.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { Variable } from "../../memory/variable.ts";
import { unshaped } from "../../ops/shape/view.ts";
import { Graph, type Node, Value } from "./graph.ts";
import { CONVOLUTION } from "./operations/convolution.ts";
import { ELEMENTWISE } from "./operations/elementwise.ts";
import { MATMUL } from "./operations/matmul.ts";
import { NORMALIZATION } from "./operations/normalization.ts";
import { RECURRENT } from "./operations/recurrent.ts";
import { REDUCTIONS } from "./operations/reduction.ts";
import { SEQUENCES } from "./operations/sequences.ts";
import { SHAPE } from "./operations/shape.ts";
import type { Translation } from "./operations/translation.ts";

/**
 * What each operation is in ONNX. Of two with one name the last counts. Packed weights and moments of rows have no form: nothing
 * that is written reads them.
 */
const OPERATIONS: ReadonlyMap<string, Translation> = new Map(
  [ELEMENTWISE, SHAPE, REDUCTIONS, MATMUL, CONVOLUTION, NORMALIZATION, SEQUENCES, RECURRENT].flatMap((table) =>
    Object.entries(table),
  ),
);

/**
 * The nodes of all operands that outputs depend on. Those of operations without a form in ONNX have a value that no node gives.
 * @throws TypeError when an operation does not run in every run
 */
export function translated(outputs: readonly Operand[], stateNames: ReadonlyMap<Operand, string>): Graph {
  const order = executionOrder(outputs).filter((operand) => !(operand instanceof Variable));
  const conditional = order.find(({ condition }) => condition);
  if (conditional) {
    throw new TypeError(`exportOnnx: every operation must always run; got ${conditional}, which has a condition`);
  }
  const graph = new Graph(stateNames);
  for (const operand of order) {
    graph.layer = operand.layer;
    translate(operand, graph);
  }
  return graph;
}

function translate(operand: Operand, graph: Graph): void {
  if (operand instanceof Input) return graph.set(operand, new Value());
  // In the layer that reshapes, even if others ask for the shape later.
  if (unshaped(operand) !== operand) return void (graph.has(operand) && graph.of(operand));
  const translation = OPERATIONS.get(operand.operation);
  if (!translation) return graph.setUnknown(operand);
  const value = translation(operand, graph);
  if (value) graph.set(operand, value);
  if (graph.has(operand)) graph.of(operand);
}

/**
 * Refuses values that no node gives.
 * @throws TypeError when there are some
 */
export function requireKnown(graph: Graph, nodes: readonly Node[]): void {
  const read = nodes.flatMap(({ inputs }) => inputs).flatMap((input) => (input && graph.unknown.get(input)) ?? []);
  const [first] = read;
  if (!first) return;
  const names = [...new Set(read.map(({ operation }) => operation))].map(shown).join(", ");
  throw new TypeError(`exportOnnx: every operation must have a form in ONNX; got ${names}, first ${first}`);
}
