import { basename } from "node:path";
import { type RunRecord, readReport, writeReport } from "lanegrad/report";
import type { CommonOptions } from "../common.ts";
import { requireFile } from "../data/paths.ts";
import { CommandError } from "../errors.ts";
import { printCounted } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { requireCharts, requireWritable } from "../outputs.ts";

export interface ReportCommandOptions extends CommonOptions {
  readonly output: string;
  readonly title?: string;
  readonly embed: "none" | "mistakes";
}

const WHERE = "report";

/** Writes the runs of several reports as one, which compares them. */
export async function report(
  files: readonly string[],
  options: ReportCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { output, title, embed } = options;
  for (const file of files) {
    if (requireFile(WHERE, "a report", file).isDirectory()) {
      throw new CommandError(`${WHERE}: a report must be a file; got the folder ${JSON.stringify(file)}`);
    }
  }
  requireWritable(WHERE, { files: { "--output": output }, inputs: files, replaces: true });
  requireCharts(WHERE);
  const runs = named(await Promise.all(files.map(async (file) => ({ file, runs: (await readReport(file)).runs }))));
  await writeReport(output, runs, { embed, ...(title !== undefined && { title }) });
  const value = { type: "report", output, runs: runs.map(({ name, weights }) => ({ name, weights })) };
  await terminal.result(value, () => {
    const rows = runs.map(({ name, epochs, evaluations }) => [name, String(epochs.length), String(evaluations.length)]);
    return `${output}: ${printCounted(runs.length, "run")}\n\n${table(["run", "epochs", "evaluations"], rows, terminal.columns)}`;
  });
}

/** The runs of all files; those of one name have that of their file behind it, or a number. */
function named(
  reports: readonly { readonly file: string; readonly runs: readonly RunRecord[] }[],
): readonly RunRecord[] {
  const all = reports.flatMap(({ file, runs }) => runs.map((run) => ({ file: basename(file), run })));
  const isShared = (name: string): boolean => all.filter(({ run }) => run.name === name).length > 1;
  const taken = new Set<string>();
  return all.map(({ file, run }) => {
    const wanted = isShared(run.name) ? `${run.name} (${file})` : run.name;
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted} ${i}`;
    taken.add(name);
    return { ...run, name };
  });
}
