import { shown } from "../../base/shown.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { Variable } from "../../memory/variable.ts";
import { unshaped } from "../../ops/shape/view.ts";
import { Graph } from "./graph.ts";
import { CONVOLUTION } from "./operations/convolution.ts";
import { ELEMENTWISE } from "./operations/elementwise.ts";
import { MATMUL } from "./operations/matmul.ts";
import { NORMALIZATION } from "./operations/normalization.ts";
import { RECURRENT } from "./operations/recurrent.ts";
import { REDUCTIONS } from "./operations/reduction.ts";
import { SEQUENCES } from "./operations/sequences.ts";
import { SHAPE } from "./operations/shape.ts";
import type { Translation } from "./operations/translation.ts";

/** What each operation is in ONNX. Those of `MATMUL` come after others of the same name. */
const OPERATIONS: ReadonlyMap<string, Translation> = new Map(
  [ELEMENTWISE, SHAPE, REDUCTIONS, MATMUL, CONVOLUTION, NORMALIZATION, SEQUENCES, RECURRENT].flatMap((table) =>
    Object.entries(table),
  ),
);

/**
 * The nodes of all operands that outputs depend on.
 * @throws TypeError when an operation has no form in ONNX, or does not run in every run
 */
export function translated(outputs: readonly Operand[], stateNames: ReadonlyMap<Operand, string>): Graph {
  const order = executionOrder(outputs).filter((operand) => !(operand instanceof Variable));
  requireKnown(order);
  const graph = new Graph(stateNames);
  for (const operand of order) {
    graph.layer = operand.layer;
    translate(operand, graph);
  }
  return graph;
}

function translate(operand: Operand, graph: Graph): void {
  if (operand instanceof Input) return graph.setInput(operand);
  // In the layer that reshapes, even if others ask for the shape later.
  if (unshaped(operand) !== operand) return void graph.of(operand);
  const value = OPERATIONS.get(operand.operation)?.(operand, graph);
  if (value) graph.set(operand, value);
  if (graph.has(operand)) graph.of(operand);
}

function requireKnown(order: readonly Operand[]): void {
  const unknown = order.filter(
    (operand) => !(operand instanceof Input) && unshaped(operand) === operand && !OPERATIONS.has(operand.operation),
  );
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map(({ operation }) => operation))].map(shown).join(", ");
    throw new TypeError(
      `exportOnnx: every operation must have a form in ONNX; got ${names}, first ${String(unknown[0])}`,
    );
  }
  const conditional = order.find(({ condition }) => condition);
  if (!conditional) return;
  throw new TypeError(`exportOnnx: every operation must always run; got ${conditional}, which has a condition`);
}
