import { statSync } from "node:fs";
import { importOnnx } from "lanegrad/onnx";
import { printBytes, printCount } from "../terminal/numbers.ts";
import type { Shown } from "./shown.ts";
import { numbersIn, tensorTable } from "./tensors.ts";

/** An ONNX file that lanegrad can run. */
export async function onnxInfo(path: string): Promise<Shown> {
  const model = await importOnnx(path);
  const tensors = model.namedParameters().map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const [bytes, parameters] = [statSync(path).size, numbersIn(tensors)];
  const graph = model.describe();
  const { inputNames: inputs, outputNames: outputs } = model;
  return {
    value: { type: "onnx", file: path, bytes, parameters, graph, inputs, outputs, tensors },
    text: ({ bold }, columns) =>
      [
        `${bold(path)}: a model of ${printCount(parameters)} parameters, ${printBytes(bytes)}`,
        graph,
        ...(tensors.length > 0 ? [tensorTable(tensors, columns)] : []),
      ].join("\n\n"),
  };
}
