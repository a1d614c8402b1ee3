import { statSync } from "node:fs";
import { save, writeSafetensors } from "lanegrad/io";
import { OnnxModule } from "lanegrad/onnx";
import { CommandError } from "../errors.ts";
import type { LoadedModel } from "../model/load-model.ts";
import { printBytes, printCount } from "../terminal/numbers.ts";
import type { ExportCommandOptions, ExportShown } from "../actions/export.ts";

/** The names of formats of weights in safetensors files. */
const DTYPES = { float32: "F32", bf16: "BF16", f16: "F16" } as const;

/** Writes a safetensors file with other numbers, or without layers and schema. */
export async function writeAsSafetensors(
  { model, schema, path }: LoadedModel,
  output: string,
  { weights, keep = [], plain = false }: ExportCommandOptions,
): Promise<ExportShown> {
  const isPlain = plain || model instanceof OnnxModule; // the layers of an ONNX file are its graph
  if (isPlain && weights === "int8") {
    throw new CommandError(
      `export: --weights must be float32, bf16 or f16 for tensors alone; got int8`,
      model instanceof OnnxModule
        ? "an ONNX file becomes tensors alone; --to wasm takes int8"
        : "without --plain scales are in the file too",
    );
  }
  if (isPlain && weights !== "int8") await writeSafetensors(output, model.stateDict(), { dtype: DTYPES[weights] });
  else await save(model, output, { weights, keep, ...(schema && { schema }) });
  const tensors = Object.entries(model.stateDict());
  const numbers = tensors.reduce((sum, [, { size }]) => sum + size, 0);
  const [before, after] = [statSync(path).size, statSync(output).size];
  return {
    value: { weights, plain: isPlain, tensors: tensors.length, numbers },
    text: [
      `${output}: ${printBytes(after)} (${printBytes(before)} before), ${printCount(numbers)} numbers in ${tensors.length} tensors, weights ${weights}`,
      isPlain
        ? `Next, in Python:\n  safetensors.torch.load_file("${output}")`
        : `Next:\n  lanegrad predict ${output} data.csv`,
    ].join("\n\n"),
  };
}
