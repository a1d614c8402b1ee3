import { Command, InvalidArgumentError, Option } from "commander";
import type { ExportCommandOptions } from "../actions/export.ts";
import { wholeNumber } from "../arguments.ts";
import { examples } from "../help/examples.ts";
import { openTerminal } from "../terminal/open.ts";
import { collected, commaSeparated, modelOptions } from "./shared-options.ts";

const HOSTS = ["node", "browser", "workerd", "edge", "deno", "bun", "inline"];

export function exportCommand(): Command {
  const command = new Command("export")
    .summary("a model as .wasm, ONNX or safetensors")
    .description(
      "Writes a model for other programs: as one .wasm file that runs anywhere without lanegrad, with a module that loads it; as ONNX; " +
        "or as safetensors with smaller weights.",
    )
    .argument("<model>", "a model file, a checkpoint or an ONNX file")
    .addOption(
      new Option("--to <format>", "what is written (default: by --output, else wasm)").choices([
        "wasm",
        "onnx",
        "safetensors",
      ]),
    )
    .option("-o, --output <file>", "where it is written (default: the name of the model, here)")
    .addOption(
      new Option("--weights <format>", "numbers of the weights")
        .choices(["float32", "int8", "bf16", "f16"])
        .default("float32"),
    )
    .option("--keep <layers>", "layers that stay float32, by path: 0,4", commaSeparated)
    .option("--data <file>", "rows on which the loss by small weights is measured")
    .option("--raw", "take numbers of the table: what the schema does to them becomes part of the file")
    .addOption(new Option("--probabilities", "give probabilities in place of scores").conflicts("argmax"))
    .option("--argmax", "give the number of the class")
    .option("--batch <sizes>", "rows of a run: 1,32 (default: 1; any for ONNX)", sizes)
    .option("--host <names>", `hosts of .wasm that get a module: ${HOSTS.join(", ")}`, hosts, ["node"])
    .addOption(
      new Option("--kernels <kind>", "strict: the same bits everywhere; relaxed: faster where there is relaxed SIMD")
        .choices(["strict", "relaxed"])
        .default("strict"),
    )
    .option(
      "--input <shape>",
      "shape of one row, if the model has no schema: 784, image=3x32x32, words=12:int32",
      collected,
    )
    .option("--plain", "write tensors alone, without layers and schema (safetensors)");
  for (const option of modelOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      examples([
        [
          "lanegrad export model.safetensors --raw --probabilities",
          "model.wasm and model.mjs: table in, probabilities out",
        ],
        [
          "lanegrad export model.safetensors --host browser --weights int8 --data test.csv",
          "a quarter of the size, and what that costs",
        ],
        ["lanegrad export model.safetensors --to onnx", "for onnxruntime and others"],
        ["lanegrad export other.onnx --output other.wasm --batch 1,32", "a model of another program"],
        ["lanegrad export model.safetensors --output half.safetensors --weights bf16", "half of the size"],
      ]),
    )
    .action(async (model: string, options: ExportCommandOptions) => {
      const { exportModel } = await import("../actions/export.ts");
      await exportModel(model, options, openTerminal(options));
    });
}

function sizes(text: string): readonly number[] {
  return commaSeparated(text).map(wholeNumber(1, 65_536));
}

function hosts(text: string): readonly string[] {
  const names = commaSeparated(text);
  if (names.every((name) => HOSTS.includes(name)) && new Set(names).size === names.length) return names;
  throw new InvalidArgumentError(`must be of ${HOSTS.join(", ")}, each once`);
}
