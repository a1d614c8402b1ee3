import { exportOnnx } from "lanegrad/onnx";
import { UsageError } from "../errors.ts";
import type { LoadedModel } from "../model/load-model.ts";
import { joinedModel, pipelineOf } from "../model/pipeline.ts";
import { inputSpecs } from "../model/shapes.ts";
import { writeWhole } from "../stream/sink.ts";
import { printBytes } from "../terminal/numbers.ts";
import type { ExportCommandOptions, ExportShown } from "../actions/export.ts";
import { inputFacts, inputLines } from "./inputs.ts";

/** Writes an ONNX file, for batches of any size unless --batch names one. */
export async function writeAsOnnx(
  loaded: LoadedModel,
  output: string,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  const pipeline = pipelineOf("export", loaded, options);
  const [rows, ...more] = options.batch ?? [];
  if (more.length > 0) {
    throw new UsageError(
      `export: --batch must be one size for --to onnx; got ${options.batch?.join(",")}`,
      "without it a batch of any size is taken",
    );
  }
  const bytes = exportOnnx(joinedModel(loaded.model, pipeline), inputSpecs(pipeline.inputs, rows ?? 1), {
    batch: rows === undefined ? "dynamic" : "fixed",
  });
  await writeWhole("export", output, bytes);
  const name = pipeline.inputs[0]?.name ?? "input";
  return {
    value: { ...inputFacts(pipeline, loaded), opset: 17, batch: rows ?? "any" },
    text: [
      `${output}: ${printBytes(bytes.length)}, opset 17, ${rows === undefined ? "batches of any size" : `batches of ${rows}`}`,
      inputLines(pipeline, loaded),
      `Next, in Python:\n  onnxruntime.InferenceSession("${output}").run(None, {"${name}": rows})`,
    ].join("\n\n"),
  };
}
