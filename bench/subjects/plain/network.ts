import type { Batch, Layer, Network } from "../../network.ts";
import { matmul, transpose } from "./matmul.ts";
import { adam, sgd } from "./optimizer.ts";

/** The arrays of a layer and of its training step, allocated once. */
interface Stage {
  readonly inputs: number;
  readonly outputs: number;
  readonly hidden: boolean;
  /** [inputs, outputs]. */
  readonly weight: Float32Array;
  readonly weightTransposed: Float32Array;
  readonly bias: Float32Array;
  readonly dWeight: Float32Array;
  readonly dBias: Float32Array;
  /** After activation and dropout. */
  readonly out: Float32Array;
  readonly dOut: Float32Array;
  /** The dropout mask: 0 or the scale for each value. */
  readonly mask: Float32Array;
}

export class PlainNetwork {
  readonly #stages: readonly Stage[];
  readonly #update: (gradients: readonly Float32Array[]) => void;
  readonly #gradients: readonly Float32Array[];

  constructor(
    readonly network: Network,
    readonly rows: number,
  ) {
    const { layers, optimizer, lr } = network;
    this.#stages = layers.map((layer, index) => stage(layer, rows, index < layers.length - 1));
    this.#gradients = this.#stages.flatMap(({ dWeight, dBias }) => [dWeight, dBias]);
    this.#update = (optimizer === "adam" ? adam : sgd)(lr)(this.#stages.flatMap(({ weight, bias }) => [weight, bias]));
  }

  /** The network's output, [rows, outputs], valid until the next call. */
  forward(x: Float32Array, training: boolean): Float32Array {
    const { activation, dropout, loss } = this.network;
    let input = x;
    for (const { inputs, outputs, hidden, weight, bias, out, mask } of this.#stages) {
      matmul(input, inputs, 1, weight, out, this.rows, outputs, inputs);
      addRow(out, bias);
      if (hidden) activate(activation, out);
      if (hidden && training && dropout > 0) drop(out, mask, dropout);
      input = out;
    }
    if (loss === "binaryCrossEntropy") sigmoid(input);
    return input;
  }

  /** Runs one step and returns the loss before it. */
  step(batch: Batch): number {
    const { activation, dropout } = this.network;
    const out = this.forward(batch.x, true);
    const last = this.#stages.at(-1)!;
    const loss =
      this.network.loss === "crossEntropy"
        ? softmaxCrossEntropy(out, batch, last.dOut)
        : binaryCrossEntropy(out, batch, last.dOut);
    for (let index = this.#stages.length - 1; index >= 0; index--) {
      const current = this.#stages[index]!;
      const { inputs, outputs, hidden, weight, weightTransposed, dWeight, dBias, dOut, mask } = current;
      if (hidden && dropout > 0) multiply(dOut, mask);
      if (hidden) activationGradient(activation, current.out, dOut);
      const before = this.#stages[index - 1];
      matmul(before?.out ?? batch.x, 1, inputs, dOut, dWeight, inputs, outputs, this.rows);
      sumRows(dOut, dBias);
      if (before === undefined) continue;
      transpose(weight, weightTransposed, inputs, outputs);
      matmul(dOut, outputs, 1, weightTransposed, before.dOut, this.rows, inputs, outputs);
    }
    this.#update(this.#gradients);
    return loss;
  }
}

function stage({ inputs, outputs, weight, bias }: Layer, rows: number, hidden: boolean): Stage {
  const transposed = new Float32Array(weight.length);
  transpose(weight, transposed, outputs, inputs);
  return {
    inputs,
    outputs,
    hidden,
    weight: transposed,
    weightTransposed: new Float32Array(weight.length),
    bias: bias.slice(),
    dWeight: new Float32Array(weight.length),
    dBias: new Float32Array(bias.length),
    out: new Float32Array(rows * outputs),
    dOut: new Float32Array(rows * outputs),
    mask: new Float32Array(rows * outputs),
  };
}

function addRow(x: Float32Array, row: Float32Array): void {
  for (let start = 0; start < x.length; start += row.length) {
    for (let i = 0; i < row.length; i++) x[start + i]! += row[i]!;
  }
}

function sumRows(x: Float32Array, out: Float32Array): void {
  out.fill(0);
  for (let start = 0; start < x.length; start += out.length) {
    for (let i = 0; i < out.length; i++) out[i]! += x[start + i]!;
  }
}

function multiply(x: Float32Array, factors: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! *= factors[i]!;
}

function drop(x: Float32Array, mask: Float32Array, p: number): void {
  const scale = 1 / (1 - p);
  for (let i = 0; i < x.length; i++) {
    const factor = Math.random() < p ? 0 : scale;
    mask[i] = factor;
    x[i]! *= factor;
  }
}

function activate(activation: Network["activation"], x: Float32Array): void {
  if (activation === "sigmoid") return sigmoid(x);
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
}

function sigmoid(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i]!));
}

/** dOut is 0 already where dropout zeroed `out`. */
function activationGradient(activation: Network["activation"], out: Float32Array, dOut: Float32Array): void {
  if (activation === "sigmoid") {
    for (let i = 0; i < out.length; i++) dOut[i]! *= out[i]! * (1 - out[i]!);
  } else {
    for (let i = 0; i < out.length; i++) if (out[i]! <= 0) dOut[i] = 0;
  }
}

/** Sets dOut = (softmax(logits) - one-hot of the labels) / rows; returns the mean loss. */
function softmaxCrossEntropy(logits: Float32Array, { rows, y }: Batch, dOut: Float32Array): number {
  const columns = logits.length / rows;
  let loss = 0;
  for (let row = 0, start = 0; row < rows; row++, start += columns) {
    let largest = -Infinity;
    for (let i = 0; i < columns; i++) largest = Math.max(largest, logits[start + i]!);
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += Math.exp(logits[start + i]! - largest);
    for (let i = 0; i < columns; i++) dOut[start + i] = Math.exp(logits[start + i]! - largest) / sum / rows;
    dOut[start + y[row]!]! -= 1 / rows;
    loss += Math.log(sum) + largest - logits[start + y[row]!]!;
  }
  return loss / rows;
}

/** Sets dOut = (p - y) / rows, the gradient by the input of the last sigmoid; returns the mean loss. */
function binaryCrossEntropy(p: Float32Array, { rows, y }: Batch, dOut: Float32Array): number {
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    dOut[i] = (p[i]! - y[i]!) / rows;
    loss -= Math.log(y[i] === 1 ? p[i]! : 1 - p[i]!);
  }
  return loss / rows;
}
