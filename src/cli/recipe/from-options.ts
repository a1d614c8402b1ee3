import { readFileSync } from "node:fs";
import { backend, configure } from "lanegrad";
import { type InferredSchema, type Row, inferSchema, schemaFromDescription } from "lanegrad/data";
import { columnsOf, listed, requireColumn } from "../data/columns.ts";
import { hashFiles } from "../data/hash.ts";
import { requireFile, requireRegular } from "../data/paths.ts";
import { partOf, readRows } from "../data/read-rows.ts";
import { CommandError, UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { OPTIMIZERS } from "./choices.ts";
import { isModuleFile } from "./module-file.ts";
import type { ACTIVATION_NAMES, KERNELS, NORMS, OPTIMIZER_NAMES, SCHEDULES, TASKS } from "./names.ts";
import type { DataPart, Recipe } from "./recipe.ts";
import type { RecipeRows } from "./split-rows.ts";

/** Options that say which rows are learned from, and what is predicted. */
export interface DataOptions {
  readonly target?: string;
  readonly task?: (typeof TASKS)[number];
  readonly schema?: string;
  /** A share, or a file. */
  readonly validation: number | string;
  readonly test: number;
  readonly group?: string;
  readonly time?: string;
  readonly splitSeed?: number;
  readonly format?: string;
  readonly delimiter?: string;
  readonly labels?: string;
  readonly size?: readonly [number, number];
}

/** Options that say how a model learns. */
export interface LearningOptions {
  /** A notation, or a module file. */
  readonly model?: string;
  readonly activation: (typeof ACTIVATION_NAMES)[number];
  readonly dropout: number;
  readonly norm: (typeof NORMS)[number];
  readonly epochs?: number;
  readonly batch: number;
  readonly optimizer: (typeof OPTIMIZER_NAMES)[number];
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly schedule: (typeof SCHEDULES)[number];
  readonly balance?: boolean;
  readonly patience: number;
  readonly seed: number;
  readonly kernels?: (typeof KERNELS)[number];
}

/** A recipe with its rows, and what was inferred; undefined for a schema of a file. */
export interface Understood {
  readonly recipe: Recipe;
  readonly rows: RecipeRows;
  /** How many rows are learned from, nearly. */
  readonly trained: number;
  readonly inferred: InferredSchema | undefined;
}

/**
 * The recipe that options say, for the data of a path.
 * @param where the command, which begins errors
 * @throws CommandError when data or options do not fit together
 */
export async function recipeFrom(
  where: string,
  path: string,
  options: DataOptions & LearningOptions,
): Promise<Understood> {
  const { validation, test, group, time } = options;
  requireShares(where, options);
  useKernels(where, options.kernels);
  const rows = await readRows(where, path, options);
  const other = typeof validation === "string" ? await otherPart(where, validation, options) : undefined;
  const [target, schema, inferred] = schemaFrom(where, rows, options);
  if (group !== undefined) requireColumn(where, "--group", rows, group);
  if (time !== undefined) requireColumn(where, "--time", rows, time);
  const trained = Math.max(1, Math.round(rows.length * (1 - test - (typeof validation === "number" ? validation : 0))));
  const recipe: Recipe = {
    version: 1,
    data: await partOf(where, path, options),
    target,
    schema,
    split: { validation: other?.part ?? Number(validation), test, group: group ?? null, time: time ?? null },
    splitSeed: options.splitSeed ?? options.seed,
    ...(await learningFrom(where, options, trained)),
    ...(validation === 0 && { patience: 0 }),
    kernels: backend().kernels,
  };
  return { recipe, rows: { rows, validation: other?.rows ?? null }, trained, inferred };
}

/** What a recipe holds of how a model learns, from `trained` rows. */
export async function learningFrom(
  where: string,
  options: LearningOptions,
  trained: number,
): Promise<Omit<Recipe, "version" | "data" | "target" | "schema" | "split" | "splitSeed" | "kernels">> {
  const optimizer = OPTIMIZERS[options.optimizer];
  return {
    model: await modelFrom(where, options),
    optimizer: {
      name: options.optimizer,
      lr: options.lr ?? optimizer.lr,
      weightDecay: options.weightDecay ?? optimizer.weightDecay,
    },
    schedule: options.schedule,
    balance: options.balance ?? false,
    epochs: options.epochs ?? epochsFor(trained, options.batch),
    batchSize: options.batch,
    patience: options.patience,
    seed: options.seed,
  };
}

/** Epochs for 3,000 steps, from 20 to 300: a small table needs more of them. */
function epochsFor(rows: number, batchSize: number): number {
  return Math.min(300, Math.max(20, Math.ceil(3000 / Math.ceil(rows / batchSize))));
}

/** Kernels of the option --kernels. Default: as the environment says, else the fastest. */
function useKernels(where: string, kernels: LearningOptions["kernels"]): void {
  if (kernels === undefined) return;
  configure({ reproducible: kernels === "strict" });
  if (backend().kernels === kernels) return;
  throw new CommandError(
    `${where}: --kernels must be strict on Node ${process.versions.node}, which has no others; got relaxed`,
    "Node 22 and later have relaxed kernels",
  );
}

async function modelFrom(where: string, options: LearningOptions): Promise<Recipe["model"]> {
  const { model = "", activation, dropout, norm } = options;
  if (!isModuleFile(model)) return { notation: model, activation, dropout, norm };
  if (dropout !== 0 || norm !== "none") {
    throw new UsageError(
      `${where}: --dropout and --norm must be with a notation; got the module file ${JSON.stringify(model)}, which has layers of its own`,
    );
  }
  requireFile(where, "the module file", model);
  requireRegular(where, model);
  return { path: model, sha256: await hashFiles([model]) };
}

async function otherPart(
  where: string,
  path: string,
  { format, delimiter, size }: DataOptions,
): Promise<{ readonly part: DataPart; readonly rows: readonly Row[] }> {
  const options = { format, delimiter, size };
  return { part: await partOf(where, path, options), rows: await readRows(where, path, options) };
}

/** The target, the schema as JSON, and what was inferred. */
function schemaFrom(
  where: string,
  rows: readonly Row[],
  options: DataOptions,
): readonly [target: string, schema: object, inferred: InferredSchema | undefined] {
  const { group, time, task } = options;
  if (options.schema !== undefined) return schemaOfFile(where, rows, options.schema, options);
  const names = columnsOf(rows);
  const target = options.target ?? (names.includes("image") ? "label" : undefined);
  if (target === undefined) {
    throw new UsageError(
      `${where}: --target must name the column that is predicted; got none`,
      `columns: ${listed(names)}`,
    );
  }
  if (options.target === undefined && !names.includes(target)) {
    throw new CommandError(`${where}: images must have labels; got none`, "--labels FILE names the file of the labels");
  }
  requireColumn(where, "--target", rows, target);
  const skip = [group, time].filter((name) => name !== undefined && name !== target && names.includes(name));
  try {
    const inferred = inferSchema(rows, { target, skip: skip.map(String), ...(task && { task }) });
    return [target, inferred.toJSON(), inferred];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`${where}: ${error.message.replace(/^\w+: /, "")}`);
  }
}

function schemaOfFile(
  where: string,
  rows: readonly Row[],
  path: string,
  { target: given }: DataOptions,
): readonly [target: string, schema: object, inferred: undefined] {
  requireFile(where, "the schema", path);
  requireRegular(where, path);
  const called = `${where}: ${JSON.stringify(path)}`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new CommandError(`${called} must be JSON; got ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (typeof json !== "object" || json === null)
    throw new CommandError(`${called} must be a schema; got ${typeof json}`);
  const schema = described(called, json);
  const [target] = Object.keys(schema.target ?? {});
  const names = columnsOf(rows);
  const lacking = Object.keys(schema.inputs).find((name) => !names.includes(name));
  if (lacking !== undefined) {
    throw new CommandError(
      `${called} must have columns of the data, ${listed(names)}; got ${lacking}`,
      didYouMean(lacking, names),
    );
  }
  if (target !== undefined && (given === undefined || given === target)) return [target, json, undefined];
  throw new CommandError(
    `${called} must have ${given === undefined ? "a target" : `the target ${given}`}; got ${target ?? "none"}`,
    target === undefined ? undefined : "leave --target out, or infer the schema again",
  );
}

/** The schema of a description; errors name its file. */
function described(called: string, json: object): ReturnType<typeof schemaFromDescription> {
  try {
    return schemaFromDescription(json);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CommandError(`${called}: ${error.message.replace(/^\w+: /, "")}`);
  }
}

function requireShares(where: string, { validation, test, group, time }: DataOptions): void {
  const shares = test + (typeof validation === "number" ? validation : 0);
  if (shares >= 1) {
    throw new UsageError(
      `${where}: --validation and --test must be below 1 together, so that rows are left to learn from; got ${shares}`,
    );
  }
  if (group !== undefined && time !== undefined) {
    throw new UsageError(`${where}: --group must be without --time; got both`);
  }
}
