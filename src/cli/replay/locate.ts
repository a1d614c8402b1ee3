import { statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { STANDARD_INPUT } from "../data/format.ts";
import { hashFiles } from "../data/hash.ts";
import { requireFile } from "../data/paths.ts";
import { partOf } from "../data/read-rows.ts";
import { CommandError } from "../errors.ts";
import type { DataPart, Recipe } from "../recipe/recipe.ts";
import type { EmbeddedData, Place } from "./embedded.ts";

/** Files that the options name, where those of the recipe lie elsewhere now. */
export interface Named {
  readonly data?: string;
  readonly labels?: string;
  readonly validation?: string;
  readonly model?: string;
}

/**
 * The recipe with the files where they are now, which have the recorded hashes.
 * @param report the path of the report, beside which relative paths are looked for too
 * @throws CommandError when a file is missing or is another one
 */
export async function located(recipe: Recipe, report: string, named: Named, embedded: EmbeddedData): Promise<Recipe> {
  const { data, split } = recipe;
  const dataPlace = named.data === undefined ? undefined : { path: named.data, labels: named.labels ?? null };
  const validationPlace = named.validation === undefined ? undefined : { path: named.validation, labels: null };
  return {
    ...recipe,
    data: await partAt(data, "--data", dataPlace, report, embedded),
    split: {
      ...split,
      validation:
        typeof split.validation === "number"
          ? split.validation
          : await partAt(split.validation, "--validation", validationPlace, report, embedded),
    },
    model: "notation" in recipe.model ? recipe.model : await moduleAt(recipe.model, named.model),
  };
}

async function partAt(
  part: DataPart,
  option: string,
  named: Place | undefined,
  report: string,
  embedded: EmbeddedData,
): Promise<DataPart> {
  const place = named ?? (await embedded.unpack(part)) ?? recorded(part, option, report);
  const found = await partOf("replay", place.path, { ...part, ...place });
  if (found.sha256 === part.sha256) return found;
  throw new CommandError(
    `replay: the data must be those of the report, with SHA-256 ${part.sha256}; got ${JSON.stringify(place.path)} with ${found.sha256}`,
    `${option} FILE names the file with the recorded data`,
  );
}

/** The recorded path, or the same beside the report. */
function recorded({ path, labels }: DataPart, option: string, report: string): Place {
  const hint = `${option} FILE names where the data lie now`;
  if (path === STANDARD_INPUT) {
    throw new CommandError("replay: the data must be a file; got those of a standard input", hint);
  }
  const beside = (each: string): string => (isAbsolute(each) || exists(each) ? each : join(dirname(report), each));
  const here = beside(path);
  if (!exists(here)) {
    throw new CommandError(`replay: the data must be where they were; got no ${JSON.stringify(path)}`, hint);
  }
  const status = statSync(here);
  if (status.isFile() || status.isDirectory()) return { path: here, labels: labels === null ? null : beside(labels) };
  // A report may name a device, which never ends.
  throw new CommandError(`replay: the data must be a file or folder; got ${JSON.stringify(path)}`, hint);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A module file is code: it is the user who names it, not the report. */
async function moduleAt(
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  named: string | undefined,
): Promise<Recipe["model"]> {
  if (named === undefined) {
    throw new CommandError(
      `replay: --model must name the module file of the model, which runs as code; got none, and the report was made with ${JSON.stringify(path)}`,
      `--model ${path}`,
    );
  }
  requireFile("replay", "the module file", named);
  const found = await hashFiles([named]);
  if (found === sha256) return { path: named, sha256 };
  throw new CommandError(
    `replay: --model must be the module file of the report, with SHA-256 ${sha256}; got ${JSON.stringify(named)} with ${found}`,
  );
}
