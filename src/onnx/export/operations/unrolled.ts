import type { Operand } from "../../../graph/operand.ts";
import { type Graph, type RecurrentValues, Value } from "../graph.ts";
import type { Terms } from "./recurrent-terms.ts";

/** h and, for an LSTM, c. */
interface States {
  readonly h: Value;
  readonly c: Value | undefined;
}

/** The steps of a layer one by one: ONNX's operators have neither zoneout nor masks between steps. */
export function unrolled(terms: Terms, graph: Graph): RecurrentValues {
  const { steps, reverse, h0, c0 } = terms;
  const order = Array.from({ length: steps }, (_, i) => (reverse ? steps - 1 - i : i));
  const outputs: Value[] = [];
  let states: States = { h: graph.of(h0), c: c0 && graph.of(c0) };
  for (const t of order) {
    states = step(terms, states, t, graph);
    outputs[t] = withAxis(states.h, graph);
  }
  const output = graph.node("Concat", outputs, { axis: 0 });
  const { h, c } = states;
  return { output, h: withAxis(h, graph), c: c && withAxis(c, graph), isCleared: false };
}

/** The states after step t. */
function step(terms: Terms, before: States, t: number, graph: Graph): States {
  const { mask, updateH, updateC, lengths } = terms;
  const fresh = cellStep(
    terms,
    { ...before, h: mask ? multiply(before.h, graph.of(mask), graph) : before.h },
    before,
    t,
    graph,
  );
  const blended = (old: Value, next: Value, update: Operand | undefined): Value =>
    update ? graph.node("Add", [old, multiply(updateAt(update, t, graph), subtract(next, old, graph), graph)]) : next;
  const isValid =
    lengths && graph.node("Greater", [graph.shaped(lengths, [lengths.size, 1]), graph.scalar("t", t, "int32")]);
  const carried = (old: Value, next: Value): Value => (isValid ? graph.node("Where", [isValid, next, old]) : next);
  return {
    h: carried(before.h, blended(before.h, fresh.h, updateH)),
    c: before.c && fresh.c && carried(before.c, blended(before.c, fresh.c, updateC)),
  };
}

/** One step of the cell. @param masked the states in the product with the weight of h */
function cellStep(terms: Terms, masked: States, before: States, t: number, graph: Graph): States {
  const { cell, sums, steps, batch, ofHidden, biases } = terms;
  const columns = sums.shape[1] ?? 0;
  const ofX = graph.node("Gather", [graph.shaped(sums, [steps, batch, columns]), index(t, graph)], { axis: 0 });
  const ofH = graph.node("Gemm", [masked.h, graph.of(ofHidden)], { transB: 1 });
  const [x, h] = biases
    ? [graph.node("Add", [ofX, graph.of(biases[0])]), graph.node("Add", [ofH, graph.of(biases[1])])]
    : [ofX, ofH];
  if (cell.type === "GRU") return { h: gruStep(x, h, before.h, graph), c: undefined };
  const sum = graph.node("Add", [x, h]);
  if (cell.type === "RNN") return { h: graph.node(cell.name === "rnnRelu" ? "Relu" : "Tanh", [sum]), c: undefined };
  return lstmStep(sum, before.c ?? sum, graph);
}

function lstmStep(sum: Value, before: Value, graph: Graph): States {
  const [i, f, g, o] = split(sum, 4, graph) as [Value, Value, Value, Value];
  const sigmoid = (x: Value): Value => graph.node("Sigmoid", [x]);
  const kept = multiply(sigmoid(f), before, graph);
  const c = graph.node("Add", [kept, multiply(sigmoid(i), graph.node("Tanh", [g]), graph)]);
  return { h: multiply(sigmoid(o), graph.node("Tanh", [c]), graph), c };
}

/** (1 - z) n + z h as n + z (h - n). */
function gruStep(x: Value, product: Value, before: Value, graph: Graph): Value {
  const [xr, xz, xn] = split(x, 3, graph) as [Value, Value, Value];
  const [hr, hz, hn] = split(product, 3, graph) as [Value, Value, Value];
  const sigmoid = (a: Value, b: Value): Value => graph.node("Sigmoid", [graph.node("Add", [a, b])]);
  const n = graph.node("Tanh", [graph.node("Add", [xn, multiply(sigmoid(xr, hr), hn, graph)])]);
  return graph.node("Add", [n, multiply(sigmoid(xz, hz), subtract(before, n, graph), graph)]);
}

/** Equal parts along the last axis. */
function split(x: Value, count: number, graph: Graph): Value[] {
  const parts = Array.from({ length: count }, () => new Value());
  graph.add("Split", [x], parts, { axis: -1 });
  return parts;
}

/** The share of the new state at step t. */
function updateAt(update: Operand, t: number, graph: Graph): Value {
  if (update.shape.length === 2) return graph.of(update);
  return graph.node("Gather", [graph.of(update), index(t, graph)], { axis: 0 });
}

function index(t: number, graph: Graph): Value {
  return graph.constant("t", "int64", [], [t]);
}

function multiply(a: Value, b: Value, graph: Graph): Value {
  return graph.node("Mul", [a, b]);
}

function subtract(a: Value, b: Value, graph: Graph): Value {
  return graph.node("Sub", [a, b]);
}

function withAxis(x: Value, graph: Graph): Value {
  return graph.node("Unsqueeze", [x, graph.ints("axes", [0])]);
}
