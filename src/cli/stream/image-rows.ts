import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type FittedSchema, type ImageOptions, type Row, decodeImage, streamImages } from "lanegrad/data";
import { isImage } from "../data/images.ts";

/** The name of the column of images, and how they are decoded. */
export interface ImageForm {
  readonly column: string;
  readonly options: ImageOptions;
}

/** Images as a schema takes them. */
export function imageFormOf(schema: FittedSchema): ImageForm {
  const found = Object.entries(schema.inputs).find(([, { shape }]) => shape.length === 3);
  const [column = "image", input] = found ?? [];
  const [channels, height = 0, width = 0] = input?.shape ?? [];
  if (channels !== 1 && channels !== 3 && channels !== 4) return { column, options: {} };
  return { column, options: { channels, size: [height, width] } };
}

/** Rows `{ path, image }`: one image, those of a folder, or those of its subfolders. */
export async function* imageRows(path: string, { column, options }: ImageForm): AsyncGenerator<Row> {
  if (isImage(basename(path))) {
    yield { path, [column]: await decodeImage(path, options) };
    return;
  }
  const names = readdirSync(path).filter(isImage);
  for (const name of names.toSorted()) yield { path: name, [column]: await decodeImage(join(path, name), options) };
  if (names.length > 0) return;
  for await (const { path: name, image } of streamImages(path, options)) yield { path: name, [column]: image };
}
