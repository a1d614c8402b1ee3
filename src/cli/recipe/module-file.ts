import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { nn } from "lanegrad";
import type { FittedSchema, SchemaInput } from "lanegrad/data";
import { CommandError } from "../errors.ts";

/** What the default export of a module file gets. */
export interface ModelContext {
  /** The layers of this copy of lanegrad, for files without an import of their own. */
  readonly nn: typeof nn;
  /** Inputs by name, each with shape and dtype of one row, and the count of its ids. */
  readonly inputs: Readonly<Record<string, SchemaInput>>;
  /** Count of outputs: one for each class, 1 for a number or yes and no. */
  readonly outputs: number;
  /** Names of the features, in the order of the columns of the input "features". */
  readonly features: readonly string[];
  /** The classes of the target; none for a number. */
  readonly classes: readonly string[];
  readonly schema: FittedSchema;
}

/** Whether --model names a module file. */
export function isModuleFile(model: string): boolean {
  return /\.[cm]?[jt]s$/.test(model);
}

/**
 * The model that the default export of a module file makes.
 * @throws CommandError that names the file when it cannot be loaded, has no such function, or the function gives no module
 */
export async function modelOfFile(where: string, path: string, context: ModelContext): Promise<nn.Module> {
  const called = `${where}: ${JSON.stringify(path)}`;
  const make = await defaultExport(called, path);
  let made: unknown;
  try {
    made = await make(context);
  } catch (cause) {
    throw new CommandError(`${called} must make a model; got an error of its function: ${messageOf(cause)}`);
  }
  if (made instanceof nn.Module) return made;
  const isOther = typeof Reflect.get(Object(made), "namedParameters") === "function";
  throw new CommandError(
    `${called} must give a module; got ${isOther ? "one of another copy of lanegrad" : typeof made}`,
    isOther
      ? "take nn from the argument: export default ({ nn, outputs }) => nn.sequential(...)"
      : "export default ({ nn, features, outputs }) => nn.linear(features.length, outputs)",
  );
}

type MakeModel = (context: ModelContext) => unknown;

async function defaultExport(called: string, path: string): Promise<MakeModel> {
  if (!existsSync(path)) throw new CommandError(`${called} must be a module file; got no such file`);
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const isTypescript = Reflect.get(Object(cause), "code") === "ERR_UNKNOWN_FILE_EXTENSION";
    throw new CommandError(
      isTypescript
        ? `${called} must be JavaScript for Node ${process.versions.node}, which does not strip types; got TypeScript`
        : `${called} must be a module that Node loads; got ${messageOf(cause)}`,
      isTypescript ? "Node 22.18 and later do; or compile the file" : undefined,
    );
  }
  const { default: make } = loaded;
  if (isFunction(make)) return make;
  throw new CommandError(
    `${called} must have a function as its default export; got ${make === undefined ? "none" : typeof make}`,
    "export default ({ nn, features, outputs }) => nn.linear(features.length, outputs)",
  );
}

function isFunction(value: unknown): value is MakeModel {
  return typeof value === "function";
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
