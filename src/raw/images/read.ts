import type { Tensor } from "../../base/tensor.ts";
import type { UrlLike } from "../../base/url.ts";
import { type ImageForm, type ImageOptions, imageForm, imageOf } from "./decode.ts";
import { collected, repeatable } from "../rows.ts";
import { imagesIn } from "./folder.ts";

/** An image of a directory whose subfolders are classes. */
export interface ImageRow {
  /** [channels, height, width] in [0, 1]. */
  readonly image: Tensor<"float32">;
  /** The class: the name of the subfolder. */
  readonly label: string;
  /** `cats/1.png`: from the directory on, with slashes. */
  readonly path: string;
  readonly [column: string]: string | Tensor<"float32">;
}

/**
 * All PNG and JPEG images in a directory whose subfolders are classes, in the order of their paths; other files are left out.
 * Needs the packages fast-png and jpeg-js.
 *
 * @throws FormatError that names the file when an image is damaged or lies beside the classes, or a class has none
 * @throws FileError when the host cannot read a file
 * @throws TypeError when the host has no files, as browsers: `decodeImage` takes what they have
 */
export async function readImages(
  directory: string | UrlLike,
  options: ImageOptions = {},
): Promise<readonly ImageRow[]> {
  return collected(rowsIn("readImages", directory, imageForm("readImages", options)));
}

/**
 * The rows of `readImages` one after the other; one image is in memory at once. Each iteration lists the directory again.
 *
 * @throws the errors of `readImages`, during the iteration
 */
export function streamImages(directory: string | UrlLike, options: ImageOptions = {}): AsyncIterable<ImageRow> {
  const form = imageForm("streamImages", options);
  return repeatable(() => rowsIn("streamImages", directory, form));
}

async function* rowsIn(
  where: string,
  directory: string | UrlLike,
  form: ImageForm,
): AsyncGenerator<ImageRow, void, undefined> {
  for (const { label, path, file } of await imagesIn(where, directory)) {
    yield { image: await imageOf(where, file, form), label, path };
  }
}
