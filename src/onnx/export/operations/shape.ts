import { sizeOf } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { inputOf, numberOf, numbersOf } from "../attributes.ts";
import { type Graph, TO_THE_END, type Value } from "../graph.ts";
import { recurrentSlice } from "./recurrent.ts";
import type { Translations } from "./translation.ts";

/** Most elements of equal numbers that are stored one by one. */
const MOST_STORED = 4096;

function slice(out: Operand, graph: Graph): Value {
  const state = recurrentSlice(out, graph);
  if (state) return state;
  const source = inputOf(out, 0);
  const [axis, start, end] = [numberOf(out, "axis"), numberOf(out, "start"), numberOf(out, "end")];
  const last = end === source.shape[axis] ? TO_THE_END : end;
  const bounds = [graph.ints("starts", [start]), graph.ints("ends", [last]), graph.ints("axes", [axis])];
  return graph.node("Slice", [graph.of(source), ...bounds]);
}

/** Repeats axes of extent 1; others are 1 in the wanted shape, which leaves them as they are. */
function broadcast(out: Operand, graph: Graph): Value {
  const source = inputOf(out, 0);
  const missing = out.shape.length - source.shape.length;
  const wanted = out.shape.map((extent, axis) => (source.shape[axis - missing] === extent ? 1 : extent));
  return graph.node("Expand", [graph.of(source), graph.ints("shape", wanted)]);
}

function fill({ shape, rule }: Operand, graph: Graph): Value {
  const { value } = rule.attributes ?? {};
  const number = typeof value === "number" ? value : 0;
  const size = sizeOf(shape);
  if (size <= MOST_STORED) return graph.constant("fill", "float32", shape, new Float32Array(size).fill(number));
  return graph.node("ConstantOfShape", [graph.ints("shape", shape)], {
    value: { dtype: "float32", shape: [1], data: [number] },
  });
}

function permute(out: Operand, graph: Graph): Value {
  return graph.node("Transpose", [graph.input(out)], { perm: numbersOf(out, "axes") });
}

export const SHAPE: Translations = {
  broadcast,
  concatenate: (out, graph) =>
    graph.node(
      "Concat",
      out.inputs.map((input) => graph.of(input)),
      { axis: numberOf(out, "axis") },
    ),
  embedding: (out, graph) => graph.node("Gather", [graph.input(out, 1), graph.input(out)], { axis: 0 }),
  fill,
  gather: (out, graph) =>
    graph.node("GatherElements", [graph.input(out), graph.input(out, 1)], { axis: numberOf(out, "axis") }),
  indexSelect: (out, graph) => graph.node("Gather", [graph.input(out), graph.input(out, 1)], { axis: 0 }),
  permute,
  slice,
  transpose: permute,
};
