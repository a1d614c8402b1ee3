import type { Layer, Network } from "../../network.ts";
import { FLOAT, type Message, intAttribute, model, node, tensor, value } from "./model.ts";

const LARGEST = 127; // of the integers of a weight

/**
 * The network as onnxruntime's dynamic quantization writes it: inputs of a layer become integers of 8 bits when they are known,
 * weights have 8 bits and a scale for each output. The runtime fuses the nodes of a layer.
 */
export function quantizedModel({ layers }: Network, rows: number): Uint8Array {
  const nodes: Message[] = [];
  const weights: Message[] = [];
  let x = "x";
  for (const [i, layer] of layers.entries()) {
    const { integers, scales } = quantized(layer);
    weights.push(
      tensor(`weight${i}`, [layer.inputs, layer.outputs], integers),
      tensor(`scale${i}`, [layer.outputs], scales),
      tensor(`bias${i}`, [layer.outputs], layer.bias),
    );
    const isLast = i === layers.length - 1;
    nodes.push(
      node("DynamicQuantizeLinear", [x], [`q${i}`, `xScale${i}`, `zero${i}`]),
      node("MatMulInteger", [`q${i}`, `weight${i}`, `zero${i}`], [`sum${i}`]),
      node("Cast", [`sum${i}`], [`float${i}`], [intAttribute("to", FLOAT)]),
      node("Mul", [`xScale${i}`, `scale${i}`], [`scales${i}`]),
      node("Mul", [`float${i}`, `scales${i}`], [`product${i}`]),
      node("Add", [`product${i}`, `bias${i}`], [isLast ? "y" : `out${i}`]),
    );
    if (!isLast) nodes.push(node("Relu", [`out${i}`], [`relu${i}`]));
    x = `relu${i}`;
  }
  return model(nodes, weights, [value("x", [rows, layers[0]!.inputs])], [rows, layers.at(-1)!.outputs]);
}

/** Weights [inputs, outputs] as integers, and the scale of each output. */
function quantized({ inputs, outputs, weight }: Layer): {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
} {
  const scales = new Float32Array(outputs);
  const integers = new Int8Array(inputs * outputs);
  for (let j = 0; j < outputs; j++) {
    const row = weight.subarray(j * inputs, (j + 1) * inputs);
    const scale = Math.max(...row.map(Math.abs)) / LARGEST;
    scales[j] = scale;
    for (const [k, each] of row.entries()) integers[k * outputs + j] = Math.round(each / scale);
  }
  return { integers, scales };
}
