import { Variable } from "../../../memory/variable.ts";
import type { Operand } from "../../../graph/operand.ts";
import { inputOf, isSet } from "../attributes.ts";
import { type Graph, type Node, type RecurrentValues, Value } from "../graph.ts";
import { type Cell, type Terms, termsOf } from "./recurrent-terms.ts";
import { unrolled } from "./unrolled.ts";
import type { Translation, Translations } from "./translation.ts";

/** How ONNX names the cells, and where its gates are among those of PyTorch. */
const CELLS: Readonly<Record<string, Cell>> = {
  rnnTanh: { name: "rnnTanh", type: "RNN", gates: [0], letters: "i", hasC: false, attributes: {} },
  rnnRelu: {
    name: "rnnRelu",
    type: "RNN",
    gates: [0],
    letters: "i",
    hasC: false,
    attributes: { activations: ["Relu"] },
  },
  lstm: { name: "lstm", type: "LSTM", gates: [0, 3, 1, 2], letters: "iofc", hasC: true, attributes: {} },
  gru: {
    name: "gru",
    type: "GRU",
    gates: [1, 0, 2],
    letters: "zrh",
    hasC: false,
    attributes: { linear_before_reset: 1 },
  },
};

/** One layer in one direction: an operator of ONNX, or the steps one by one if a mask or zoneout is between them. */
function recurrent(cell: Cell): Translation {
  return (out, graph) => {
    const terms = termsOf(out, cell);
    const isPlain = !terms.mask && !terms.updateH && !terms.updateC;
    graph.recurrent.set(out, isPlain ? operator(terms, graph) : unrolled(terms, graph));
    return undefined;
  };
}

function operator(terms: Terms, graph: Graph): RecurrentValues {
  const { cell, hidden, steps, batch, features, biases, lengths, reverse } = terms;
  const order = cell.gates.flatMap((gate) => Array.from({ length: hidden }, (_, i) => gate * hidden + i));
  const inputs: (Value | null)[] = [
    graph.shaped(terms.rows, [steps, batch, features]),
    reordered([terms.ofInput], order, cell, graph),
    reordered([terms.ofHidden], order, cell, graph),
    biases ? reordered(biases, order, cell, graph) : null,
    lengths ? graph.of(lengths) : null,
    ...[terms.h0, terms.c0].map((state) => initialState(state, graph)),
  ];
  const count = inputs.findLastIndex((input) => input !== null) + 1;
  const attributes: Node["attributes"] = {
    hidden_size: hidden,
    ...(reverse && { direction: "reverse" }),
    ...cell.attributes,
  };
  const [y, h, c] = [new Value(), new Value(), new Value()];
  graph.add(cell.type, inputs.slice(0, count), cell.hasC ? [y, h, c] : [y, h], attributes);
  const output = graph.node("Squeeze", [y, graph.ints("axes", [1])]);
  const [h0, c0] = inputs.slice(STATES);
  const last = lengths ? lastStates(lengths, [h, h0], [c, c0], graph) : { h, c };
  return { output, h: last.h, c: cell.hasC ? last.c : undefined, isCleared: lengths !== undefined };
}

/** The index of the first initial state among the inputs of an operator. */
const STATES = 5;

/** The last states, which for a sequence without steps are the initial ones; ONNX does not say so. */
function lastStates(
  lengths: Operand,
  [h, h0]: readonly [Value, Value | null | undefined],
  [c, c0]: readonly [Value, Value | null | undefined],
  graph: Graph,
): { readonly h: Value; readonly c: Value } {
  const counts = graph.shaped(lengths, [1, lengths.size, 1]);
  const hasSteps = graph.node("Greater", [counts, graph.scalar("zero", 0, "int32")]);
  const chosen = (state: Value, initial: Value | null | undefined): Value =>
    initial ? graph.node("Where", [hasSteps, state, initial]) : state;
  return { h: chosen(h, h0), c: chosen(c, c0) };
}

/** A state with the axis of directions; null for zeros, which are the default. */
function initialState(state: Operand | undefined, graph: Graph): Value | null {
  if (!state || (state.operation === "fill" && state.rule.attributes?.["value"] === 0)) return null;
  return graph.shaped(state, [1, ...state.shape]);
}

/** Operands whose rows are in the order of ONNX's gates, one after the other, with an axis of directions before. */
function reordered(operands: readonly Operand[], order: readonly number[], cell: Cell, graph: Graph): Value {
  const [first] = operands;
  const [, ...rest] = first?.shape ?? [];
  const columns = rest[0] ?? 1;
  const shape = [1, order.length * operands.length, ...rest];
  if (operands.every((each) => each instanceof Variable)) {
    const data = new Float32Array(order.length * operands.length * columns);
    operands.forEach((each, which) => {
      const numbers = each.read();
      order.forEach((row, i) => {
        const start = (which * order.length + i) * columns;
        for (let column = 0; column < columns; column++) data[start + column] = numbers[row * columns + column] ?? 0;
      });
    });
    const names = operands.map((each) => graph.stateNames.get(each));
    const stateName = names.includes(undefined) ? undefined : `${names.join("+")}.${cell.letters}`;
    return graph.constant(cell.letters, "float32", shape, data, stateName);
  }
  const parts = operands.map((each) => graph.node("Gather", [graph.of(each), graph.ints("rows", order)], { axis: 0 }));
  const [part = null] = parts;
  const joined = parts.length === 1 ? part : graph.node("Concat", parts, { axis: 0 });
  return graph.node("Unsqueeze", [joined, graph.ints("axes", [0])]);
}

/** The values of the layer that an operand is a part of: its `results`, or the `output` among these. */
function layerOf(x: Operand, graph: Graph): RecurrentValues | undefined {
  if (x.operation !== "results" && x.operation !== "output") return undefined;
  const [source] = x.inputs;
  return source && (graph.recurrent.get(source) ?? layerOf(source, graph));
}

/** Whether an operand is the output of a layer that has 0 in padding. */
export function isClearedOutput(x: Operand, graph: Graph): boolean {
  return layerOf(x, graph)?.isCleared ?? false;
}

/** The last h or c, which the trace slices from the results of a layer; undefined for other slices. */
export function recurrentSlice(out: Operand, graph: Graph): Value | undefined {
  const source = inputOf(out, 0);
  const layer = layerOf(source, graph);
  if (!layer || out.rule.attributes?.["axis"] !== 0 || out.shape[0] !== 1) return undefined;
  if (source.operation === "results" && layer.c) return layer.c;
  const saved = source.operation === "output" ? inputOf(inputOf(source, 0), 0) : inputOf(source, 0);
  const last = isSet(saved, "reverse") ? 0 : (source.shape[0] ?? 0) - 1;
  return out.rule.attributes["start"] === last ? layer.h : undefined;
}

export const RECURRENT: Translations = {
  ...Object.fromEntries(Object.entries(CELLS).map(([name, cell]) => [name, recurrent(cell)])),
  output: (out, graph) => layerOf(out, graph)?.output,
  // With c among them, only slices and the output read these.
  results: (out, graph) => {
    const layer = layerOf(out, graph);
    return layer?.c ? undefined : layer?.output;
  },
};
