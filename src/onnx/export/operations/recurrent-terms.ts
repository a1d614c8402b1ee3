import type { Operand } from "../../../graph/operand.ts";
import { inputOf, isSet } from "../attributes.ts";
import type { Node } from "../graph.ts";

/** A recurrent cell. */
export interface Cell {
  readonly name: string;
  /** ONNX's operator. */
  readonly type: "RNN" | "LSTM" | "GRU";
  /** For each gate in ONNX's order its place in PyTorch's. */
  readonly gates: readonly number[];
  /** ONNX's letters for its gates, in order. */
  readonly letters: string;
  readonly hasC: boolean;
  readonly attributes: Node["attributes"];
}

/** The inputs of one layer of a recurrent network in one direction. */
export interface Terms {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
  readonly hidden: number;
  /** x of all steps, [steps * batch, features]. */
  readonly rows: Operand;
  /** The product of x of all steps with its weight. */
  readonly sums: Operand;
  readonly ofInput: Operand;
  readonly ofHidden: Operand;
  /** Those of x and of h; undefined if there are none. */
  readonly biases: readonly [Operand, Operand] | undefined;
  readonly h0: Operand;
  readonly c0: Operand | undefined;
  readonly mask: Operand | undefined;
  readonly updateH: Operand | undefined;
  readonly updateC: Operand | undefined;
  readonly lengths: Operand | undefined;
  readonly reverse: boolean;
}

/** The inputs of the operand that holds all states of a layer. */
export function termsOf(out: Operand, cell: Cell): Terms {
  const inputs = out.inputs.filter(({ rule }) => !rule.opaque); // Without packed weights.
  const next = (): Operand => {
    const input = inputs.shift();
    if (input) return input;
    throw new Error(`exportOnnx: ${out} must have more inputs; got ${out.inputs.length}`);
  };
  const optional = (name: string): Operand | undefined => (isSet(out, name) ? next() : undefined);
  const [sums, h0] = [next(), next()];
  const c0 = cell.hasC ? next() : undefined;
  const [ofHidden, bias] = [next(), next()];
  const biases = cell.type === "GRU" ? ([bias, next()] as const) : summandsOf(bias);
  const [rows, ofInput] = [inputOf(sums, 0), inputOf(sums, 1)];
  const [batch = 1, hidden = 1] = h0.shape;
  return {
    cell,
    steps: (sums.shape[0] ?? 0) / batch,
    batch,
    features: rows.shape[1] ?? 0,
    hidden,
    rows,
    sums,
    ofInput,
    ofHidden,
    h0,
    c0,
    biases: biases?.every(({ operation }) => operation === "fill") ? undefined : biases,
    mask: optional("mask"),
    updateH: optional("updateH"),
    updateC: optional("updateC"),
    lengths: optional("lengths"),
    reverse: isSet(out, "reverse"),
  };
}

/** The two biases whose sum a cell adds; undefined for zeros. */
function summandsOf(bias: Operand): readonly [Operand, Operand] | undefined {
  return bias.operation === "add" ? [inputOf(bias, 0), inputOf(bias, 1)] : undefined;
}
