import { requireRecord, requireWhole, shown } from "../../base/errors.ts";
import { type Defaults, requireKnown, withDefaults } from "../../base/options.ts";
import type { TensorLike } from "../../base/tensor.ts";
import { jsonOf } from "./json.ts";
import type { Json } from "./record.ts";

/** What a report needs of a fitted schema of `lanegrad/data`. */
export interface RunSchema {
  /** The classes of the target; none for a number. */
  readonly classes: readonly string[];
  /** Names of the features. */
  readonly features?: readonly string[];
  /** Numbers in the units of the rows. */
  values(outputs: TensorLike): Float64Array;
  toJSON(): object;
}

/** Where a data set came from. */
export interface DataSource {
  /** Its file. */
  readonly file?: string;
  /** SHA-256 of the file, 64 hexadecimal digits. Default: that of the tensors. */
  readonly sha256?: string;
}

export interface RecordRunOptions {
  /** Tells runs apart in one report. Default: "run". */
  readonly name?: string;
  /** The seed of the run, as `manualSeed` was given. Default: none is shown. */
  readonly seed?: number;
  /** Settings by name, plain JSON, shown as a table beside loss and optimizer of the trainer. Default: none. */
  readonly settings?: Readonly<Record<string, Json>>;
  /** The fitted schema of the data: names of classes, and units of numbers. Default: none. */
  readonly schema?: RunSchema;
  /** Where data sets came from, by name: "training", "validation", or that of an evaluation. Default: unknown. */
  readonly data?: Readonly<Record<string, DataSource>>;
  /** What trains the same again, plain JSON: `lanegrad replay` reads that of `lanegrad train`. Default: none. */
  readonly recipe?: Json;
}

const RECORD_DEFAULTS = {
  name: "run",
  seed: undefined,
  settings: {},
  schema: undefined,
  data: {},
  recipe: null,
} as const satisfies Defaults<RecordRunOptions>;

/** Options with defaults filled in; settings by name. */
export interface FilledRecordOptions extends Required<Pick<RecordRunOptions, "name" | "data" | "recipe">> {
  readonly seed: number | undefined;
  readonly settings: readonly (readonly [string, Json])[];
  readonly schema: RunSchema | undefined;
}

/** @throws TypeError or RangeError when an option is unknown or of a wrong kind */
export function checkedRecordOptions(where: string, options: RecordRunOptions): FilledRecordOptions {
  const filled = withDefaults(where, options, RECORD_DEFAULTS);
  requireName(where, filled.name);
  if (filled.seed !== undefined) requireWhole(where, "seed", filled.seed, 0, Number.MAX_SAFE_INTEGER);
  requireRecord(where, "settings", filled.settings, "plain JSON");
  if (filled.schema !== undefined) requireSchema(where, filled.schema);
  requireRecord(where, "data", filled.data, "files and hashes");
  for (const [name, source] of Object.entries(filled.data)) requireSource(where, `data.${name}`, source);
  return {
    ...filled,
    settings: Object.entries(filled.settings).map(
      ([name, value]) => [name, jsonOf(where, `settings.${name}`, value)] as const,
    ),
    recipe: jsonOf(where, "recipe", filled.recipe),
  };
}

/** Requires a name that is not empty. */
export function requireName(where: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw new TypeError(`${where}: name must be text; got ${shown(name)}`);
}

/** Requires a fitted schema. */
export function requireSchema(where: string, schema: unknown): void {
  const { classes, values, toJSON }: Partial<Record<keyof RunSchema, unknown>> = Object(schema);
  if (Array.isArray(classes) && typeof values === "function" && typeof toJSON === "function") return;
  throw new TypeError(`${where}: schema must be a fitted schema of lanegrad/data; got ${shown(schema)}`);
}

function requireSource(where: string, name: string, source: DataSource): void {
  requireRecord(where, name, source, "file and sha256");
  requireKnown(`${where}: ${name}`, source, ["file", "sha256"]);
  const { file, sha256 } = source;
  if (file !== undefined && typeof file !== "string") {
    throw new TypeError(`${where}: ${name}.file must be text; got ${shown(file)}`);
  }
  if (sha256 === undefined || (typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256))) return;
  throw new TypeError(`${where}: ${name}.sha256 must be 64 hexadecimal digits; got ${shown(sha256)}`);
}
