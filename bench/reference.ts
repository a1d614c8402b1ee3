import type { Batch, Network } from "./network.ts";

/** The network's outputs for `rows` rows in evaluation mode, in double precision. */
export function outputs(network: Network, x: ArrayLike<number>, rows: number): Float64Array {
  let values = Float64Array.from(x);
  for (const [index, layer] of network.layers.entries()) {
    const last = index === network.layers.length - 1;
    const next = new Float64Array(rows * layer.outputs);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < layer.outputs; column++) {
        let sum = layer.bias[column]!;
        for (let i = 0; i < layer.inputs; i++) {
          sum += values[row * layer.inputs + i]! * layer.weight[column * layer.inputs + i]!;
        }
        next[row * layer.outputs + column] = last ? sum : activate(network.activation, sum);
      }
    }
    values = next;
  }
  return network.loss === "binaryCrossEntropy" ? values.map(sigmoid) : values;
}

/** The network's mean loss over a batch in evaluation mode. */
export function loss(network: Network, { rows, x, y }: Batch): number {
  const out = outputs(network, x, rows);
  const columns = out.length / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const values = out.subarray(row * columns, (row + 1) * columns);
    if (network.loss === "binaryCrossEntropy") {
      sum -= Math.log(y[row] === 1 ? values[0]! : 1 - values[0]!);
    } else {
      sum += Math.log(values.reduce((total, value) => total + Math.exp(value), 0)) - values[y[row]!]!;
    }
  }
  return sum / rows;
}

function activate(activation: Network["activation"], x: number): number {
  return activation === "relu" ? Math.max(x, 0) : sigmoid(x);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
