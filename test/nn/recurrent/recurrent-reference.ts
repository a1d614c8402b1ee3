/** Recurrent layers in double precision, one number at a time: one layer in one direction. */
import type { Tensor } from "../../../src/index.ts";
import type { Kind } from "./recurrent-cases.ts";

export interface Reference {
  readonly kind: Kind;
  readonly relu?: boolean;
  /** [steps, batch, features] */
  readonly x: Tensor;
  /** As in a state dict: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0. */
  readonly state: Readonly<Record<string, Tensor>>;
  /** [1, batch, hidden] */
  readonly h0?: Tensor;
  readonly c0?: Tensor;
  /** What x, and h where it meets its weights, are multiplied by at all steps: [batch, features], [batch, hidden]. */
  readonly inputMask?: ArrayLike<number>;
  readonly recurrentMask?: ArrayLike<number>;
  /** The share of h and c that is new, at a step and an element of [batch, hidden]. */
  readonly updateH?: (step: number, element: number) => number;
  readonly updateC?: (step: number, element: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** h of all steps, [steps, batch, hidden]. */
export function recurrentReference(reference: Reference): number[] {
  const { kind, relu, x, state, h0, c0, inputMask, recurrentMask } = reference;
  const { updateH = () => 1, updateC = () => 1 } = reference;
  const [steps = 0, batch = 0, features = 0] = x.shape;
  const hidden = state["weight_hh_l0"]?.shape[1] ?? 0;
  const weight = (name: string, index: number): number => state[`${name}_l0`]?.data[index] ?? 0;
  let h = Array.from({ length: batch * hidden }, (_, i) => h0?.data[i] ?? 0);
  let c = Array.from({ length: batch * hidden }, (_, i) => c0?.data[i] ?? 0);
  const all: number[] = [];
  for (let t = 0; t < steps; t++) {
    const [hBefore, cBefore] = [h, c];
    const sumOfInput = (n: number, row: number): number => {
      let sum = weight("bias_ih", row);
      for (let k = 0; k < features; k++) {
        const masked = (x.data[(t * batch + n) * features + k] ?? NaN) * (inputMask?.[n * features + k] ?? 1);
        sum += weight("weight_ih", row * features + k) * masked;
      }
      return sum;
    };
    const sumOfHidden = (n: number, row: number): number => {
      let sum = weight("bias_hh", row);
      for (let k = 0; k < hidden; k++) {
        const masked = (hBefore[n * hidden + k] ?? NaN) * (recurrentMask?.[n * hidden + k] ?? 1);
        sum += weight("weight_hh", row * hidden + k) * masked;
      }
      return sum;
    };
    const fresh = hBefore.map((old, e) => {
      const [n, j] = [Math.floor(e / hidden), e % hidden];
      const gate = (k: number): number => sumOfInput(n, k * hidden + j) + sumOfHidden(n, k * hidden + j);
      if (kind === "rnn") return { h: relu ? Math.max(gate(0), 0) : Math.tanh(gate(0)), c: 0 };
      if (kind === "lstm") {
        const cNew = sigmoid(gate(1)) * (cBefore[e] ?? NaN) + sigmoid(gate(0)) * Math.tanh(gate(2));
        return { h: sigmoid(gate(3)) * Math.tanh(cNew), c: cNew };
      }
      const [r, z] = [sigmoid(gate(0)), sigmoid(gate(1))];
      const candidate = Math.tanh(sumOfInput(n, 2 * hidden + j) + r * sumOfHidden(n, 2 * hidden + j));
      return { h: (1 - z) * candidate + z * old, c: 0 };
    });
    h = fresh.map((each, e) => updateH(t, e) * each.h + (1 - updateH(t, e)) * (hBefore[e] ?? NaN));
    c = fresh.map((each, e) => updateC(t, e) * each.c + (1 - updateC(t, e)) * (cBefore[e] ?? NaN));
    all.push(...h);
  }
  return all;
}
