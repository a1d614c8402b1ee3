import type { Operand } from "../../../graph/operand.ts";
import { numberOf } from "../attributes.ts";
import { DATA } from "../../model.ts";
import { Float, TYPES, type Graph, type Node, type Value } from "../graph.ts";
import type { Translations } from "./translation.ts";

/** Operations that are one node with the same inputs. */
function same(type: string, attributes: Node["attributes"] = {}) {
  return (out: Operand, graph: Graph): Value =>
    graph.node(
      type,
      out.inputs.map((input) => graph.of(input)),
      attributes,
    );
}

/** x * factor + term in the fewest nodes. */
export function affineOf(graph: Graph, x: Value, factor: number, term: number): Value {
  if (factor === -1 && term !== 0) return graph.node("Sub", [graph.scalar("term", term), x]);
  const product = factor === 1 ? x : factor === -1 ? graph.node("Neg", [x]) : times(graph, x, factor);
  if (term !== 0) return graph.node("Add", [product, graph.scalar("term", term)]);
  return product === x ? graph.node("Identity", [x]) : product;
}

function times(graph: Graph, x: Value, factor: number): Value {
  return graph.node("Mul", [x, graph.scalar("factor", factor)]);
}

/** A comparison: true and false as 1 and 0. */
function comparison(compare: (out: Operand, graph: Graph) => Value) {
  return (out: Operand, graph: Graph): Value => asFloat(graph, compare(out, graph));
}

function asFloat(graph: Graph, x: Value): Value {
  return graph.node("Cast", [x], { to: DATA.FLOAT });
}

/** Whether each element is not 0. */
export function asBool(graph: Graph, x: Value): Value {
  return graph.node("Cast", [x], { to: DATA.BOOL });
}

function logical(type: string) {
  return comparison((out, graph) =>
    graph.node(
      type,
      out.inputs.map((input) => asBool(graph, graph.of(input))),
    ),
  );
}

/** min(max(x, low), high); infinite limits are not given. */
function clip(out: Operand, graph: Graph): Value {
  const limit = (name: "low" | "high"): Value | null => {
    const value = numberOf(out, name);
    return Number.isFinite(value) ? graph.scalar(name, value) : null;
  };
  const limits = [limit("low"), limit("high")];
  return graph.node("Clip", [graph.input(out), ...limits.slice(0, limits.findLastIndex((each) => each !== null) + 1)]);
}

/** x / 2 * (1 + f). */
function halfTimes(graph: Graph, x: Value, f: Value): Value {
  return times(graph, graph.node("Mul", [x, affineOf(graph, f, 1, 1)]), 0.5);
}

/** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
function geluTanh(out: Operand, graph: Graph): Value {
  const x = graph.input(out);
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const inner = graph.node("Add", [x, times(graph, cube, 0.044715)]);
  return halfTimes(graph, x, graph.node("Tanh", [times(graph, inner, Math.sqrt(2 / Math.PI))]));
}

/** Above this, log(1 + e^x) is x in float32. */
const SOFTPLUS_IS_X = 17;

/** log(1 + e^(beta x)) / beta; x itself where beta x > threshold. */
function softplus(out: Operand, graph: Graph): Value {
  const [x, beta, threshold] = [graph.input(out), numberOf(out, "beta"), numberOf(out, "threshold")];
  const scaled = beta === 1 ? x : times(graph, x, beta);
  const curve = graph.node("Softplus", [scaled]);
  const result = beta === 1 ? curve : times(graph, curve, 1 / beta);
  if (threshold >= SOFTPLUS_IS_X) return result;
  return graph.node("Where", [graph.node("Greater", [scaled, graph.scalar("threshold", threshold)]), x, result]);
}

/** x² with x once, so that importers see one operand. */
function square(out: Operand, graph: Graph): Value {
  return graph.node("Mul", [graph.input(out), graph.input(out)]);
}

function shrink(biased: boolean) {
  return (out: Operand, graph: Graph): Value => {
    const lambda = numberOf(out, "lambda");
    return graph.node("Shrink", [graph.input(out)], { lambd: new Float(lambda), bias: new Float(biased ? lambda : 0) });
  };
}

export const ELEMENTWISE: Translations = {
  abs: same("Abs"),
  add: same("Add"),
  affine: (out, graph) => affineOf(graph, graph.input(out), numberOf(out, "factor"), numberOf(out, "term")),
  cast: (out, graph) => graph.node("Cast", [graph.input(out)], { to: TYPES[out.dtype] }),
  ceil: same("Ceil"),
  clamp: clip,
  divide: same("Div"),
  elu: (out, graph) => graph.node("Elu", [graph.input(out)], { alpha: new Float(numberOf(out, "alpha")) }),
  equal: comparison(same("Equal")),
  exp: same("Exp"),
  floor: same("Floor"),
  gelu: (out, graph) => {
    const x = graph.input(out);
    return halfTimes(graph, x, graph.node("Erf", [times(graph, x, Math.SQRT1_2)]));
  },
  geluTanh,
  // The operands of these two are swapped.
  greater: comparison(same("Less")),
  greaterEqual: comparison(same("LessOrEqual")),
  hardshrink: shrink(false),
  hardsigmoid: same("HardSigmoid", { alpha: new Float(1 / 6), beta: new Float(0.5) }),
  hardswish: same("HardSwish"),
  hardtanh: clip,
  leakyRelu: (out, graph) =>
    graph.node("LeakyRelu", [graph.input(out)], { alpha: new Float(numberOf(out, "negativeSlope")) }),
  less: comparison(same("Less")),
  lessEqual: comparison(same("LessOrEqual")),
  log: same("Log"),
  logicalAnd: logical("And"),
  logicalNot: comparison((out, graph) => graph.node("Equal", [graph.input(out), graph.scalar("zero", 0)])),
  logicalOr: logical("Or"),
  maximum: same("Max"),
  minimum: same("Min"),
  mish: (out, graph) => {
    const x = graph.input(out);
    return graph.node("Mul", [x, graph.node("Tanh", [graph.node("Softplus", [x])])]);
  },
  multiply: same("Mul"),
  notEqual: comparison((out, graph) => graph.node("Not", [same("Equal")(out, graph)])),
  pow: same("Pow"),
  relu: same("Relu"),
  round: same("Round"),
  selu: same("Selu"),
  sigmoid: same("Sigmoid"),
  sign: same("Sign"),
  silu: (out, graph) => {
    const x = graph.input(out);
    return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
  },
  softplus,
  softshrink: shrink(true),
  softsign: same("Softsign"),
  sqrt: same("Sqrt"),
  square,
  step: comparison((out, graph) => graph.node("Greater", [graph.input(out), graph.scalar("zero", 0)])),
  subtract: same("Sub"),
  tanh: same("Tanh"),
  tanhshrink: (out, graph) => {
    const x = graph.input(out);
    return graph.node("Sub", [x, graph.node("Tanh", [x])]);
  },
  where: (out, graph) =>
    graph.node("Where", [asBool(graph, graph.input(out)), graph.input(out, 1), graph.input(out, 2)]),
};
