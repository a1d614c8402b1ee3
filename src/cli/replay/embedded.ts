import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedFile } from "lanegrad/report";
import type { DataPart } from "../recipe/recipe.ts";

const LONGEST = 255; // characters of a name, as systems have it

/** Where data of a report were unpacked. */
export type Place = Pick<DataPart, "path" | "labels">;

/** Data that a report holds, unpacked into a temporary folder under names of ours. */
export class EmbeddedData {
  #folder: string | undefined;
  #count = 0;

  constructor(readonly files: readonly EmbeddedFile[]) {}

  /** Unpacks the data of a recipe; undefined if the report does not hold them. */
  async unpack({ path, format, labels }: DataPart): Promise<Place | undefined> {
    if (format === "images") return this.#images(path);
    const data = this.files.find(({ name }) => name === path);
    const named = this.files.find(({ name }) => name === labels);
    if (!data || (labels !== null && !named)) return undefined;
    return { path: await this.#written(data), labels: named ? await this.#written(named) : null };
  }

  /** Removes the folder. */
  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #images(folder: string): Promise<Place | undefined> {
    const images = this.files.flatMap((file) => {
      const names = imageNames(folder, file.name);
      return names ? [{ file, names }] : [];
    });
    if (images.length === 0) return undefined;
    const path = this.#next();
    for (const { file, names } of images) {
      mkdirSync(join(path, names[0]), { recursive: true });
      writeFileSync(join(path, ...names), await file.read());
    }
    return { path, labels: null };
  }

  async #written(file: EmbeddedFile): Promise<string> {
    const path = this.#next();
    writeFileSync(path, await file.read());
    return path;
  }

  #next(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), "lanegrad-replay-"));
    return join(this.#folder, String(this.#count++));
  }
}

/** Class and file name of an image in a folder; undefined for other paths, also those that would lead out of the folder. */
function imageNames(folder: string, path: string): readonly [string, string] | undefined {
  if (!path.startsWith(folder)) return undefined;
  const [label, name, ...more] = path.slice(folder.length).split(/[\\/]/).filter((part) => part !== ""); // prettier-ignore
  if (label === undefined || name === undefined || more.length > 0) return undefined;
  const isWrong = (part: string): boolean => part.startsWith(".") || part.includes("\0") || part.length > LONGEST;
  return isWrong(label) || isWrong(name) ? undefined : [label, name];
}
