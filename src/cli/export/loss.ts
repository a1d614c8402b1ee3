import { weightLoss } from "lanegrad/export";
import { readRows } from "../data/read-rows.ts";
import { CommandError } from "../errors.ts";
import type { LoadedModel } from "../model/load-model.ts";
import { rowOptions } from "../model/row-options.ts";
import type { ExportCommandOptions, ExportShown } from "../actions/export.ts";

const ROWS = 512; // some hundred are enough

/** What small weights change on the first rows of data. */
export async function lossOn(
  { model, schema, path }: LoadedModel,
  options: ExportCommandOptions,
): Promise<ExportShown> {
  const { weights, keep = [], data = "" } = options;
  if (weights === "float32") {
    throw new CommandError("export: --data must be for --weights int8, bf16 or f16; got float32");
  }
  if (!schema) {
    throw new CommandError(
      `export: --data must be for a model with the schema of its rows; got none in ${JSON.stringify(path)}`,
      "--schema names a file that has it",
    );
  }
  const rows = (await readRows("export", data, rowOptions(schema, {}))).slice(0, ROWS);
  const loss = weightLoss(model, schema.encode(rows), { weights, keep });
  const { layers, all } = loss;
  const title = `What ${weights} changes on ${rows.length} rows of ${data}:`;
  return { value: { rows: rows.length, all, layers }, text: `${title}\n${String(loss)}` };
}
