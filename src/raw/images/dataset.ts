import { Tensor } from "../../base/tensor.ts";
import { requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { UrlLike } from "../../base/url.ts";
import type { IndexedDataset } from "../../data/dataset.ts";
import { type ImageForm, type ImageOptions, imageForm, imageOf } from "./decode.ts";
import { type LabelledFile, imagesIn } from "./folder.ts";

/** Options of `imageDataset`: the images of a batch have one size. */
export interface ImageDatasetOptions extends ImageOptions {
  readonly size: number | readonly [height: number, width: number];
  /**
   * Bytes of memory for decoded images, 4 for each number: the first ones that fit are decoded once, the others in each epoch.
   * Default: 0.
   */
  readonly cache?: number;
}

/** Images that are decoded when a batch needs them, and their classes. */
export class ImageDataset implements IndexedDataset<Tensor<"float32">, Tensor<"int32">> {
  /** Count of images. */
  readonly length: number;
  /** The names of the classes, in ascending order. */
  readonly classes: readonly string[];
  /** The class of each image, as an index of `classes`. */
  readonly labels: Int32Array;
  /** `cats/1.png`: the path of each image in the directory. */
  readonly paths: readonly string[];
  readonly #files: readonly string[];
  readonly #form: ImageForm;
  /** Numbers of decoded images, by index. */
  readonly #decoded = new Map<number, Float32Array>();
  /** Most of them. */
  readonly #room: number;

  /** @internal */
  constructor(files: readonly LabelledFile[], form: ImageForm, cache: number) {
    this.length = files.length;
    this.classes = [...new Set(files.map(({ label }) => label))];
    this.labels = Int32Array.from(files, ({ label }) => this.classes.indexOf(label));
    this.paths = files.map(({ path }) => path);
    this.#files = files.map(({ file }) => file);
    this.#form = form;
    const [height = 0, width = 0] = form.size ?? [];
    this.#room = Math.floor(cache / (form.channels * height * width * Float32Array.BYTES_PER_ELEMENT));
  }

  /**
   * Images [indices, channels, height, width] in [0, 1] and their classes.
   * @throws FormatError that names the file when an image is damaged
   * @throws RangeError when an index is out of range
   */
  async rows(indices: Int32Array): Promise<{ readonly x: Tensor<"float32">; readonly y: Tensor<"int32"> }> {
    const [height = 0, width = 0] = this.#form.size ?? [];
    const size = this.#form.channels * height * width;
    const x = new Float32Array(indices.length * size);
    for (const [at, index] of indices.entries()) {
      requireWhole("imageDataset", "an index", index, 0, this.length - 1);
      x.set(await this.#numbersOf(index), at * size);
    }
    return {
      x: new Tensor([indices.length, this.#form.channels, height, width], "float32", x),
      y: new Tensor(
        [indices.length],
        "int32",
        Int32Array.from(indices, (index) => this.labels[index] ?? 0),
      ),
    };
  }

  async #numbersOf(index: number): Promise<Float32Array> {
    const known = this.#decoded.get(index);
    if (known) return known;
    const { data } = await imageOf("imageDataset", this.#files[index] ?? "", this.#form);
    if (this.#decoded.size < this.#room) this.#decoded.set(index, data);
    return data;
  }
}

/**
 * A data set of the images that `readImages` reads, for a trainer: each image is decoded when a batch needs it, so that memory
 * holds one batch and what `cache` allows. Needs the packages fast-png and jpeg-js.
 *
 * @throws the errors of `readImages`, of damaged images when they are decoded
 */
export async function imageDataset(directory: string | UrlLike, options: ImageDatasetOptions): Promise<ImageDataset> {
  const where = "imageDataset";
  const { cache, ...wanted } = withDefaults(where, options, { size: undefined, channels: 3, cache: 0 });
  requireWhole(where, "cache", cache, 0);
  const form = imageForm(where, wanted);
  if (form.size === undefined) requireWhole(where, "size", Number.NaN, 1);
  return new ImageDataset(await imagesIn(where, directory), form, cache);
}
