import { statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { configure } from "lanegrad";
import type { Host } from "lanegrad/export";
import type { CommonOptions } from "../common.ts";
import { UsageError } from "../errors.ts";
import { type LoadedModel, loadModel } from "../model/load-model.ts";
import type { Terminal } from "../terminal/terminal.ts";

export type ExportFormat = "wasm" | "onnx" | "safetensors";

export interface ExportCommandOptions extends CommonOptions {
  readonly to?: ExportFormat;
  readonly output?: string;
  readonly weights: "float32" | "int8" | "bf16" | "f16";
  readonly keep?: readonly string[];
  readonly kernels: "strict" | "relaxed";
  readonly batch?: readonly number[];
  readonly host: readonly Host[];
  readonly raw?: boolean;
  readonly probabilities?: boolean;
  readonly argmax?: boolean;
  readonly input?: readonly string[];
  readonly data?: string;
  readonly plain?: boolean;
  readonly schema?: string;
  readonly classes?: string;
}

/** What an export says: values for --json, and text. */
export interface ExportShown {
  readonly value: object;
  readonly text: string;
}

const WHERE = "export";
const FORMATS: readonly ExportFormat[] = ["wasm", "onnx", "safetensors"];

/** Options that only some formats have. */
const ONLY: readonly (readonly [name: keyof ExportCommandOptions, option: string, formats: readonly ExportFormat[]])[] =
  [
    ["batch", "--batch", ["wasm", "onnx"]],
    ["raw", "--raw", ["wasm", "onnx"]],
    ["probabilities", "--probabilities", ["wasm", "onnx"]],
    ["argmax", "--argmax", ["wasm", "onnx"]],
    ["input", "--input", ["wasm", "onnx"]],
    ["plain", "--plain", ["safetensors"]],
    ["keep", "--keep", ["wasm", "safetensors"]],
  ];

/** Writes a model as a file for other programs. */
export async function exportModel(path: string, options: ExportCommandOptions, terminal: Terminal): Promise<void> {
  const format = formatOf(options);
  for (const [name, option, formats] of ONLY) {
    if (options[name] === undefined || formats.includes(format)) continue;
    throw new UsageError(`${WHERE}: ${option} must be for --to ${formats.join(" or ")}; got --to ${format}`);
  }
  if (format === "onnx" && options.weights !== "float32") {
    throw new UsageError(`${WHERE}: --weights must be float32 for --to onnx; got ${options.weights}`);
  }
  if (options.threads !== undefined) configure({ threads: options.threads });
  const output = options.output ?? `${basename(path, extname(path))}.${format}`;
  if (resolve(output) === resolve(path)) {
    throw new UsageError(`${WHERE}: --output must be another file than the model; got ${JSON.stringify(output)}`);
  }
  const loaded = await loadModel(WHERE, path, options);
  const shown = await written(format, loaded, output, options);
  const loss =
    options.data === undefined ? undefined : await (await import("../export/loss.ts")).lossOn(loaded, options);
  const bytes = statSync(output).size;
  const value = { type: "export", model: path, format, output, bytes, ...shown.value, loss: loss?.value };
  await terminal.result(value, () => [shown.text, ...(loss ? [loss.text] : [])].join("\n\n"));
}

async function written(
  format: ExportFormat,
  loaded: LoadedModel,
  output: string,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  if (format === "wasm") return (await import("../export/wasm.ts")).writeAsWasm(loaded, output, options);
  if (format === "onnx") return (await import("../export/onnx.ts")).writeAsOnnx(loaded, output, options);
  return (await import("../export/safetensors.ts")).writeAsSafetensors(loaded, output, options);
}

/** The format of --to, else that of the ending of --output, else wasm. */
function formatOf({ to, output }: ExportCommandOptions): ExportFormat {
  if (output === undefined) return to ?? "wasm";
  const ending = extname(output).slice(1).toLowerCase();
  const found = FORMATS.find((format) => format === ending);
  if (found !== undefined && to !== undefined && found !== to) {
    throw new UsageError(`${WHERE}: --output must end in .${to} for --to ${to}; got ${JSON.stringify(output)}`);
  }
  if (found === undefined && (to === undefined || to === "wasm")) {
    throw new UsageError(`${WHERE}: --output must end in .wasm, .onnx or .safetensors; got ${JSON.stringify(output)}`);
  }
  return to ?? found ?? "wasm";
}
