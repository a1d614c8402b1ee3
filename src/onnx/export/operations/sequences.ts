import { inOrder } from "../../../base/numbers.ts";
import type { Operand } from "../../../graph/operand.ts";
import { inputOf, isSet, numberOf } from "../attributes.ts";
import { DATA } from "../../model.ts";
import type { Graph, Value } from "../graph.ts";
import { asBool } from "./elementwise.ts";
import { isClearedOutput } from "./recurrent.ts";
import type { Translations } from "./translation.ts";

/** The lowest float: what masks maxima and scores without making NaN of rows that are all masked. */
const LOWEST = -3.4028234663852886e38;

/** 0, 1, ..., steps - 1, int32. */
function stepIndices(graph: Graph, steps: number): Value {
  return graph.constant("steps", "int32", [steps], inOrder(steps));
}

/** Whether step t of sequence n is not padding: [batch, steps]. */
function isValid(graph: Graph, lengths: Operand, steps: number): Value {
  const column = graph.shaped(lengths, [lengths.size, 1]);
  return graph.node("Less", [stepIndices(graph, steps), column]);
}

function unsqueezed(graph: Graph, x: Value, axis: number): Value {
  return graph.node("Unsqueeze", [x, graph.ints("axes", [axis])]);
}

/** x where the condition holds, else a number. */
function where(graph: Graph, condition: Value, x: Value, other: number): Value {
  return graph.node("Where", [condition, x, graph.scalar("other", other)]);
}

/** 1 + the last step with another id than that of padding. */
function lengthsOf(out: Operand, graph: Graph): Value {
  const [, steps = 0] = inputOf(out, 0).shape;
  const padding = graph.node("Equal", [
    graph.input(out),
    graph.scalar("padding", numberOf(out, "paddingIdx"), "int32"),
  ]);
  const counts = graph.constant(
    "counts",
    "int32",
    [steps],
    inOrder(steps).map((i) => i + 1),
  );
  const ends = graph.node("Where", [padding, graph.scalar("zero", 0, "int32"), counts]);
  return graph.node("ReduceMax", [ends], { axes: [1], keepdims: 0 });
}

function paddingMask(out: Operand, graph: Graph): Value {
  const valid = isValid(graph, inputOf(out, 0), out.shape[1] ?? 0);
  return graph.node("Cast", [graph.node("Not", [valid])], { to: DATA.INT32 });
}

function zeroPadding(out: Operand, graph: Graph): Value {
  const x = inputOf(out, 0);
  if (isClearedOutput(x, graph)) return graph.of(x);
  const batchFirst = isSet(out, "batchFirst");
  const steps = out.shape[batchFirst ? 1 : 0] ?? 0;
  const valid = isValid(graph, inputOf(out, 1), steps);
  const ordered = batchFirst ? valid : graph.node("Transpose", [valid], { perm: [1, 0] });
  return where(graph, unsqueezed(graph, ordered, 2), graph.of(x), 0);
}

function lastStep(out: Operand, graph: Graph): Value {
  const [x, lengths] = [inputOf(out, 0), out.inputs[1]];
  const [, steps = 0] = x.shape;
  if (!lengths)
    return graph.node("Gather", [graph.of(x), graph.constant("last", "int64", [], [steps - 1])], { axis: 1 });
  const counts = graph.constant(
    "counts",
    "int32",
    [steps],
    inOrder(steps).map((i) => i + 1),
  );
  const isLast = graph.node("Equal", [counts, graph.shaped(lengths, [lengths.size, 1])]);
  return total(graph, where(graph, unsqueezed(graph, isLast, 2), graph.of(x), 0));
}

/** The sum over steps. */
function total(graph: Graph, x: Value): Value {
  return graph.node("ReduceSum", [x, graph.ints("axes", [1])], { keepdims: 0 });
}

function maskedMean(out: Operand, graph: Graph): Value {
  const [x, lengths] = [inputOf(out, 0), out.inputs[1]];
  if (!lengths) return graph.node("ReduceMean", [graph.of(x)], { axes: [1], keepdims: 0 });
  const valid = unsqueezed(graph, isValid(graph, lengths, x.shape[1] ?? 0), 2);
  const counts = graph.node("Cast", [graph.shaped(lengths, [lengths.size, 1])], { to: DATA.FLOAT });
  const atLeastOne = graph.node("Max", [counts, graph.scalar("one", 1)]);
  return graph.node("Div", [total(graph, where(graph, valid, graph.of(x), 0)), atLeastOne]);
}

function maskedMax(out: Operand, graph: Graph): Value {
  const [x, lengths] = [inputOf(out, 0), out.inputs[1]];
  const most = (value: Value): Value => graph.node("ReduceMax", [value], { axes: [1], keepdims: 0 });
  if (!lengths) return most(graph.of(x));
  const valid = unsqueezed(graph, isValid(graph, lengths, x.shape[1] ?? 0), 2);
  const hasSteps = graph.node("Greater", [graph.shaped(lengths, [lengths.size, 1]), graph.scalar("zero", 0, "int32")]);
  return where(graph, hasSteps, most(where(graph, valid, graph.of(x), LOWEST)), 0);
}

/** The softmax of scores [B, heads, T, S] whose masked keys have weight 0, also where all keys are masked. */
function maskedSoftmax(out: Operand, graph: Graph): Value {
  const [scores, ...masks] = out.inputs as [Operand, ...Operand[]];
  const [B = 0, heads = 0, T = 0, S = 0] = scores.shape;
  const next = (name: string): Operand | undefined => (isSet(out, name) ? masks.shift() : undefined);
  const [added, keyMask, lengths] = [next("attnMask"), next("keyPaddingMask"), next("lengths")];
  const causal = isSet(out, "causal") ? causalMask(T, S) : undefined;
  const x = graph.of(scores);
  if (causal && !added && !keyMask && !lengths) {
    // Every query has key 0.
    return softmax(graph, graph.node("Add", [x, graph.constant("causal", "float32", [T, S], causal)]));
  }
  const terms = [
    ...(causal ? [graph.constant("causal", "float32", [T, S], causal)] : []),
    ...(added ? [added.shape.length === 3 ? graph.shaped(added, [B, heads, T, S]) : graph.of(added)] : []),
  ];
  const sum = terms.reduce((total, term) => graph.node("Add", [total, term]), x);
  const isMasked = [
    ...(terms.length > 0 ? [graph.node("Less", [sum, graph.scalar("lowest", LOWEST)])] : []),
    ...(keyMask ? [asBool(graph, graph.shaped(keyMask, [B, 1, 1, S]))] : []),
    ...(lengths ? [notValid(graph, lengths, S)] : []),
  ].reduce((one, other) => graph.node("Or", [one, other]));
  const clear = graph.node("Where", [isMasked, graph.scalar("lowest", LOWEST), sum]);
  return graph.node("Where", [isMasked, graph.scalar("zero", 0), softmax(graph, clear)]);
}

/** Keys after the length of each sample: [B, 1, 1, S]. */
function notValid(graph: Graph, lengths: Operand, keys: number): Value {
  const column = graph.shaped(lengths, [lengths.size, 1, 1, 1]);
  return graph.node("GreaterOrEqual", [stepIndices(graph, keys), column]);
}

function softmax(graph: Graph, x: Value): Value {
  return graph.node("Softmax", [x], { axis: -1 });
}

/** 0 for keys up to the position of the query, -Infinity for later ones: [T, S]. */
function causalMask(T: number, S: number): Float32Array {
  return Float32Array.from({ length: T * S }, (_, i) => (i % S > Math.floor(i / S) ? -Infinity : 0));
}

export const SEQUENCES: Translations = {
  lastStep,
  lengthsOf,
  maskedMax,
  maskedMean,
  maskedSoftmax,
  paddingMask,
  zeroPadding,
};
