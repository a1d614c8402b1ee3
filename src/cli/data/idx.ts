import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Tensor } from "lanegrad";
import { type Row, readIdx } from "lanegrad/data";
import { CommandError } from "../errors.ts";

/** The file of labels beside a file of images whose name is like those of MNIST; undefined if there is none. */
export function labelsBeside(images: string): string | undefined {
  const name = basename(images).replace("images", "labels").replace("idx3", "idx1");
  if (name === basename(images)) return undefined;
  const packed = name.endsWith(".gz") ? name.slice(0, -3) : `${name}.gz`;
  return [name, packed].map((each) => join(dirname(images), each)).find((path) => existsSync(path));
}

/**
 * Rows `{ image, label }` of IDX files: images [1, height, width] from 0 to 1, views of one buffer, and labels as text. Without
 * labels rows have images only.
 */
export async function idxRows(where: string, images: string, labels: string | null): Promise<readonly Row[]> {
  // Labels first: images of other data are refused before their numbers take memory.
  const named = labels === null ? undefined : await readIdx(labels);
  const { shape, data } = await readIdx(images, { scale: 1 / 255 });
  const [count = 0, height, width, ...more] = shape;
  if (height === undefined || width === undefined || more.length > 0 || !(data instanceof Float32Array)) {
    throw new CommandError(
      `${where}: ${JSON.stringify(images)} must hold images [images, height, width]; got [${shape.join(", ")}]`,
      shape.length === 1 ? "these are labels: name the file of the images, and this one with --labels" : undefined,
    );
  }
  if (named && (named.shape.length !== 1 || named.size !== count)) {
    throw new CommandError(
      `${where}: ${JSON.stringify(labels)} must hold a label for each of ${count} images; got [${named.shape.join(", ")}]`,
    );
  }
  const size = height * width;
  const each: readonly [number, number, number] = [1, height, width];
  return Array.from({ length: count }, (_, i) => {
    const image = new Tensor(each, "float32", data.subarray(i * size, (i + 1) * size));
    return named ? { image, label: String(named.data[i]) } : { image };
  });
}
