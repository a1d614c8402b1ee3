import { extname } from "node:path";
import { configure } from "lanegrad";
import type { CommonOptions } from "../common.ts";
import { STANDARD_INPUT } from "../data/format.ts";
import { requireFile } from "../data/paths.ts";
import { UsageError } from "../errors.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Shown } from "../info/shown.ts";

export interface InfoOptions extends CommonOptions {
  /** The column of data that is predicted. */
  readonly target?: string;
  readonly task?: "classification" | "regression";
  /** Whether the schema of data is printed as JSON. */
  readonly schema?: boolean;
  /** How data are read. */
  readonly format?: string;
  readonly delimiter?: string;
  readonly labels?: string;
}

/** What shows a file, by the ending of its name. All others are data. */
const READERS: Readonly<Record<string, (path: string) => Promise<Shown>>> = {
  ".safetensors": async (path) => (await import("../info/model.ts")).modelInfo(path),
  ".wasm": async (path) => (await import("../info/wasm.ts")).wasmInfo(path),
  ".onnx": async (path) => (await import("../info/onnx.ts")).onnxInfo(path),
  ".pt": async (path) => (await import("../info/arrays.ts")).torchInfo(path),
  ".pth": async (path) => (await import("../info/arrays.ts")).torchInfo(path),
  ".npy": async (path) => (await import("../info/arrays.ts")).npyInfo(path),
  ".html": async (path) => (await import("../info/report.ts")).reportInfo(path),
  ".npz": async (path) => (await import("../info/arrays.ts")).npzInfo(path),
};

/** Shows what a file has, or what this machine offers. */
export async function info(file: string | undefined, options: InfoOptions, terminal: Terminal): Promise<void> {
  if (options.threads !== undefined) configure({ threads: options.threads });
  const shown = await shownOf(file);
  if (shown && (options.target !== undefined || options.schema)) {
    const option = options.schema ? "--schema" : "--target";
    throw new UsageError(`info: ${option} must be with data; got ${file ?? "no file"}`);
  }
  if (shown) await terminal.result(shown.value, () => shown.text(terminal.style, terminal.columns));
  else if (file !== undefined) await (await import("../info/data.ts")).infoData(file, options, terminal);
}

/** What is shown; undefined for data. */
async function shownOf(file: string | undefined): Promise<Shown | undefined> {
  if (file === undefined) return (await import("../info/machine.ts")).machineInfo();
  if (file === STANDARD_INPUT) return undefined;
  const isFolder = requireFile("info", "the file", file).isDirectory();
  if (isFolder) return (await import("../info/checkpoints.ts")).checkpointsInfo(file);
  return READERS[extname(file).toLowerCase()]?.(file);
}
