import { exportOnnx } from "lanegrad/onnx";
import { UsageError } from "../../errors.ts";
import type { LoadedModel } from "../../model/load-model.ts";
import { joinedModel, prepared } from "../../model/prepared.ts";
import { inputSpecs } from "../../model/shapes.ts";
import { writeWhole } from "../../stream/sink.ts";
import { printBytes } from "../../terminal/numbers.ts";
import type { ExportCommandOptions, ExportShown } from "../export.ts";
import { inputFacts, inputLines } from "./inputs.ts";

/** Writes an ONNX file, for batches of any size unless --batch names one. */
export async function writeAsOnnx(
  loaded: LoadedModel,
  output: string,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  const plan = prepared("export", loaded, options);
  const [rows, ...more] = options.batch ?? [];
  if (more.length > 0) {
    throw new UsageError(
      `export: --batch must be one size for --to onnx; got ${options.batch?.join(",")}`,
      "without it a batch of any size is taken",
    );
  }
  const bytes = exportOnnx(joinedModel(loaded.model, plan), inputSpecs(plan.inputs, rows ?? 1), {
    batch: rows === undefined ? "dynamic" : "fixed",
  });
  await writeWhole("export", output, bytes);
  const name = plan.inputs[0]?.name ?? "input";
  return {
    value: { ...inputFacts(plan, loaded), opset: 17, batch: rows ?? "any" },
    text: [
      `${output}: ${printBytes(bytes.length)}, opset 17, ${rows === undefined ? "batches of any size" : `batches of ${rows}`}`,
      inputLines(plan, loaded),
      `Next, in Python:\n  onnxruntime.InferenceSession("${output}").run(None, {"${name}": rows})`,
    ].join("\n\n"),
  };
}
