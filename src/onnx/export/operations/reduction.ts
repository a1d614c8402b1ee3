import type { Operand } from "../../../graph/operand.ts";
import { sizeOf } from "../../../base/tensor.ts";
import { unshaped } from "../../../ops/shape/view.ts";
import { inputOf, numberOf } from "../attributes.ts";
import { DATA } from "../../model.ts";
import type { Graph, Value } from "../graph.ts";
import { affineOf } from "./elementwise.ts";
import type { Translation, Translations } from "./translation.ts";

/** factor * the sum along an axis, or of all elements; the mean where the factor is that of one. */
function sumAlong(axis?: number): Translation {
  return (out, graph) => {
    const source = inputOf(out, 0);
    const factor = numberOf(out, "factor");
    const count = axis === undefined ? source.size : (source.shape[axis] ?? 1);
    const x = graph.of(source);
    if (factor !== 1 && factor === 1 / count) {
      return graph.node("ReduceMean", [x], { keepdims: 0, ...(axis !== undefined && { axes: [axis] }) });
    }
    const total = graph.node("ReduceSum", axis === undefined ? [x] : [x, graph.ints("axes", [axis])], { keepdims: 0 });
    return factor === 1 ? total : affineOf(graph, total, factor, 0);
  };
}

/** A sum of each row of a matrix; one node if it is the mean of each plane of images. */
function sumOfColumns(out: Operand, graph: Graph): Value | undefined {
  const matrix = inputOf(out, 0);
  const images = unshaped(matrix);
  const [samples = 0, channels = 0, ...field] = images.shape;
  const areImages = field.length > 0 && samples * channels === matrix.shape[0];
  if (!areImages || numberOf(out, "factor") !== 1 / sizeOf(field)) return sumAlong(1)(out, graph);
  const means = graph.node("GlobalAveragePool", [graph.of(images)]);
  graph.set(out, means, [samples, channels, ...field.map(() => 1)]);
  return undefined;
}

/** Extremes of [outer, rows, columns] over rows. */
function extremes(type: "ReduceMax" | "ReduceMin"): Translation {
  return (out, graph) => graph.node(type, [graph.input(out)], { axes: [1], keepdims: 1 });
}

function indices(type: "ArgMax" | "ArgMin"): Translation {
  return (out: Operand, graph: Graph): undefined => {
    const [outer = 1, , columns = 1] = inputOf(out, 0).shape;
    const found: Value = graph.node(type, [graph.input(out)], { axis: 1, keepdims: 0 });
    graph.set(out, graph.node("Cast", [found], { to: DATA.INT32 }), [outer, columns]);
  };
}

export const REDUCTIONS: Translations = {
  argMax: indices("ArgMax"),
  argMin: indices("ArgMin"),
  logSoftmax: (out, graph) => graph.node("LogSoftmax", [graph.input(out)], { axis: -1 }),
  max: extremes("ReduceMax"),
  mean: sumAlong(),
  min: extremes("ReduceMin"),
  softmax: (out, graph) => graph.node("Softmax", [graph.input(out)], { axis: -1 }),
  sum: sumAlong(),
  sumColumns: sumOfColumns,
  sumMiddle: sumAlong(1),
  sumRows: sumAlong(0),
};
