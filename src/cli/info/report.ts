import { statSync } from "node:fs";
import { type RunRecord, readReport } from "lanegrad/report";
import { printBytes, printCount } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";
import type { Shown } from "./shown.ts";

/** A report: its runs, and the files that it embeds. */
export async function reportInfo(path: string): Promise<Shown> {
  const { title, runs, data } = await readReport(path);
  const bytes = statSync(path).size;
  const entries = runs.map(entryOf);
  const files = data.map(({ name, size }) => ({ name, size }));
  return {
    value: { type: "report", file: path, bytes, title, runs: entries, data: files },
    text: ({ bold }, columns) => {
      const rows = entries.map(({ name, parameters, epochs, loss, validation, canReplay }) => [
        name,
        printCount(parameters),
        String(epochs),
        loss?.toPrecision(4) ?? "",
        validation?.toPrecision(4) ?? "",
        canReplay ? "yes" : "no",
      ]);
      const head = ["run", "parameters", "epochs", "loss", "validation", "replay"];
      const embedded = files.map(({ name, size }) => `${name} (${printBytes(size)})`).join(", ");
      return [
        `${bold(path)}: ${JSON.stringify(title)}, ${printBytes(bytes)}`,
        table(head, rows, columns),
        embedded === "" ? "It embeds no data." : `It embeds ${embedded}.`,
      ].join("\n\n");
    },
  };
}

/** What is shown of a run; losses are those of its last epoch. */
function entryOf({ name, began, seconds, seed, model, epochs, weights, recipe }: RunRecord): {
  readonly name: string;
  readonly began: string;
  readonly seconds: number;
  readonly seed: number | null;
  readonly parameters: number;
  readonly epochs: number;
  readonly loss: number | null;
  readonly validation: number | null;
  readonly weights: string;
  readonly canReplay: boolean;
} {
  const last = epochs.at(-1);
  return {
    name,
    began,
    seconds,
    seed,
    parameters: model.parameters,
    epochs: epochs.length,
    loss: last?.loss ?? null,
    validation: last?.validation?.loss ?? null,
    weights,
    canReplay: recipe !== null,
  };
}
