import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nn } from "lanegrad";
import type { Row, SchemaDataset } from "lanegrad/data";
import { type Json, type Recording, type RunRecord, recordRun, writeReport } from "lanegrad/report";
import { STANDARD_INPUT } from "../data/format.ts";
import { imagesIn } from "../data/images.ts";
import { standardInput } from "../data/standard-input.ts";
import type { DataPart, Recipe } from "../recipe/recipe.ts";
import type { Part } from "../recipe/split-rows.ts";
import type { Prepared } from "../recipe/train-recipe.ts";

/** Predictions with random masks for each row, of a model with dropout. */
const MONTE_CARLO = 30;

/** Records a training for its report. */
export function recordingOf({ recipe, trainer, fitted }: Prepared): Recording {
  const { data, split } = recipe;
  const validation = typeof split.validation === "number" ? data : split.validation;
  const source = ({ path, sha256 }: DataPart): { readonly file: string; readonly sha256: string } => ({
    file: path,
    sha256,
  });
  return recordRun(trainer, {
    name: nameOf(recipe),
    seed: recipe.seed,
    settings: settingsOf(recipe),
    schema: fitted,
    data: { training: source(data), validation: source(validation), test: source(data) },
    recipe: jsonOf(recipe),
  });
}

/** Evaluates what was recorded on its validation and test sets, and writes the report. */
export async function writeRunReport(
  path: string,
  run: Recording,
  prepared: Prepared,
  embed: "none" | "mistakes" | "all",
): Promise<void> {
  const { parts, sets, model, recipe } = prepared;
  const monteCarlo = model.modules().some((layer) => layer instanceof nn.RandomLayer) ? MONTE_CARLO : undefined;
  const evaluated = [
    ["validation", sets.validation, parts.validation] as const,
    ["test", sets.test, parts.test] as const,
  ].flatMap(([name, set, part]) => (set ? [{ name, set, part }] : []));
  for (const { name, set, part } of evaluated) {
    const rows = tableRows(set, part);
    const layers = name === evaluated.at(-1)?.name;
    await run.evaluate(set, { name, layers, ...(rows && { rows }), ...(monteCarlo !== undefined && { monteCarlo }) });
  }
  const record = run.record({ samples: embed !== "none" });
  const named: RunRecord = {
    ...record,
    evaluations: record.evaluations.map((evaluation) => {
      const of = evaluated.find(({ name }) => name === evaluation.name);
      const mistakes = evaluation.mistakes.map((mistake) => ({ ...mistake, row: rowInFile(of, mistake.row) }));
      return { ...evaluation, mistakes };
    }),
  };
  const title = `${basename(recipe.data.path)}: ${recipe.target}`;
  await writeReport(path, named, { title, embed, ...(embed === "all" && { data: await filesOf(recipe) }) });
}

/** The index in the file of a sample of a set. */
function rowInFile(of: { readonly set: SchemaDataset; readonly part: Part } | undefined, sample: number): number {
  const row = of?.set.rowIndices[sample] ?? sample;
  return of?.part.indices[row] ?? row;
}

/** The rows of a set's samples; undefined for images, which are shown as they are. */
function tableRows({ rowIndices }: SchemaDataset, { rows }: Part): readonly Row[] | undefined {
  if (rows[0] && "image" in rows[0]) return undefined;
  return Array.from(rowIndices, (i) => rows[i] ?? {});
}

/** `64-64-3, dropout 0.3` */
function nameOf({ model }: Recipe): string {
  if (!("notation" in model)) return basename(model.path);
  return model.dropout > 0 ? `${model.notation}, dropout ${model.dropout}` : model.notation;
}

/** What a reader of the report compares runs by. */
function settingsOf(recipe: Recipe): Readonly<Record<string, Json>> {
  const { model, optimizer, schedule, balance, epochs, batchSize, patience, split } = recipe;
  const { validation, test, group, time } = split;
  return {
    ...("notation" in model
      ? { model: model.notation, activation: model.activation, dropout: model.dropout, norm: model.norm }
      : { model: model.path }),
    "learning rate": optimizer.lr,
    "weight decay": optimizer.weightDecay,
    schedule,
    "epochs at most": epochs,
    "rows a step": batchSize,
    patience,
    balance,
    validation: typeof validation === "number" ? validation : validation.path,
    test,
    ...(group !== null && { group }),
    ...(time !== null && { time }),
  };
}

/** The bytes of all files of a recipe, by the paths in it; images of a folder by path, class and name. */
async function filesOf({ data, split, model }: Recipe): Promise<Readonly<Record<string, Uint8Array>>> {
  const parts = typeof split.validation === "number" ? [data] : [data, split.validation];
  const paths = parts.flatMap(({ path, format, labels }) =>
    format === "images"
      ? imagesIn(path).map((names) => join(path, ...names))
      : [path, ...(labels === null ? [] : [labels])],
  );
  const files: Record<string, Uint8Array> = {};
  for (const path of [...paths, ...("path" in model ? [model.path] : [])]) {
    files[path] = path === STANDARD_INPUT ? await standardInput() : new Uint8Array(readFileSync(path));
  }
  return files;
}

function jsonOf(recipe: Recipe): Json {
  const json: Json = JSON.parse(JSON.stringify(recipe));
  return json;
}
