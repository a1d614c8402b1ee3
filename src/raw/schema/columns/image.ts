import { requireOneOf, shown } from "../../../base/errors.ts";
import { withDefaults } from "../../../base/options.ts";
import { Tensor, tensorOf } from "../../../base/tensor.ts";
import { resized } from "../../images/resize.ts";
import type { Cell } from "../../row.ts";
import { Column, type Encoder, type Kind, Problem, isMissing, missingProblem, problem } from "../column.ts";
import { type Affine, affineOf, restoreAffines } from "./scale.ts";

export interface ImageOptions {
  /** Height and width, or both as one number, to which images are resized. Default: that of the training images, which must have one size. */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * "standardize" each channel by mean and deviation of the training images; "symmetric" 2 x - 1, from -1 to 1; "none" as they are,
   * from 0 to 1. Default: "none".
   */
  readonly scale?: "none" | "symmetric" | "standardize";
}

/** What an image column learns. */
interface ImageState {
  readonly channels: number;
  readonly size: readonly [number, number];
  /** The scale of each channel. */
  readonly scales: readonly Affine[];
}

const MOST_PIXELS = 2 ** 24; // of all channels

/**
 * A column of images. Cells are float32 tensors [channels, height, width], all with the channels of the first training image.
 *
 * Shape: an input of its own, float32 [rows, channels, height, width].
 *
 * @throws RangeError or TypeError when an option is unknown, of the wrong kind or out of range
 */
export function image(options: ImageOptions = {}): Column<"own", "none"> {
  const where = "column.image";
  const filled = withDefaults(where, options, { size: undefined, scale: "none" });
  const { scale } = filled;
  const size = typeof filled.size === "number" ? ([filled.size, filled.size] as const) : filled.size;
  requireOneOf(where, "scale", scale, ["none", "symmetric", "standardize"]);
  if (size !== undefined && !isSize(size)) {
    throw new RangeError(
      `${where}: size must be a number, or height and width, whole numbers of at most 2^24 pixels; got ${shown(filled.size)}`,
    );
  }
  return new Column("image", filled, "own", "none", {
    read: imageIn,
    fit: (values) => {
      const images = values.filter((value) => value !== null);
      const [first] = images;
      if (!first) return new Problem("must have at least one image; got none");
      const [channels = 0, height = 0, width = 0] = first.shape;
      const to = size ?? [height, width];
      if (channels * to[0] * to[1] > MOST_PIXELS) return new Problem(`must have at most 2^24 pixels; got ${first}`);
      const wrong = images.find((each) => each.shape[0] !== channels || (!size && !hasSize(each, to)));
      if (wrong)
        return new Problem(`must be ${first} as the first image${size ? "" : ", or have a size"}; got ${wrong}`);
      return encoder({ channels, size: to, scales: scalesOf(scale, images, channels, to) }, size === undefined);
    },
    restore: (state) => {
      const restored = stateIn(state);
      return restored instanceof Problem ? restored : encoder(restored, size === undefined);
    },
  } satisfies Kind<Tensor>);
}

function encoder(state: ImageState, fixed: boolean): Encoder<Tensor> {
  const { channels, size, scales } = state;
  const pixels = size[0] * size[1];
  return {
    shape: [channels, ...size],
    dtype: "float32",
    suffixes: () => [],
    state,
    write: (value, out, at) => {
      if (!value) return new Problem("must be an image; got none");
      if (value.shape[0] !== channels || (fixed && !hasSize(value, size))) {
        const must = fixed ? `[${channels}, ${size.join(", ")}], as the training images` : `of ${channels} channels`;
        return new Problem(`must be ${must}; got ${value}`);
      }
      const numbers = sized(value, size);
      scales.forEach(({ center, spread }, channel) => {
        const start = channel * pixels;
        for (let i = start; i < start + pixels; i++) out[at + i] = ((numbers[i] ?? 0) - center) / spread;
      });
      return undefined;
    },
  };
}

function imageIn(cell: Cell): Tensor | Problem {
  if (isMissing(cell)) return missingProblem(cell, "nothing");
  const tensor = tensorOf(cell);
  if (typeof tensor === "string" || tensor.dtype !== "float32" || tensor.shape.length !== 3 || tensor.size === 0) {
    const got = typeof tensor === "string" ? tensor : String(tensor);
    return new Problem(`must be a float32 tensor [channels, height, width]; got ${got}`);
  }
  const wrong = tensor.data.findIndex((each) => !Number.isFinite(each));
  return wrong < 0 ? tensor : new Problem(`must have finite numbers; got ${tensor.data[wrong]} at index ${wrong}`);
}

function scalesOf(
  scale: "none" | "symmetric" | "standardize",
  images: readonly Tensor[],
  channels: number,
  size: readonly [number, number],
): readonly Affine[] {
  if (scale !== "standardize") {
    const same = scale === "none" ? { center: 0, spread: 1 } : { center: 0.5, spread: 0.5 };
    return Array.from({ length: channels }, () => same);
  }
  const pixels = size[0] * size[1];
  const all = images.map((each) => sized(each, size));
  return Array.from({ length: channels }, (_, channel) => {
    const numbers = new Float64Array(all.length * pixels);
    all.forEach((each, i) => numbers.set(each.subarray(channel * pixels, (channel + 1) * pixels), i * pixels));
    return affineOf("standardize", numbers);
  });
}

function sized({ data, shape }: Tensor, [height, width]: readonly [number, number]): Float32Array {
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data);
  return resized(new Tensor(shape, "float32", numbers), height, width).data;
}

function stateIn(state: unknown): ImageState | Problem {
  const [channels, size, scales]: unknown[] = ["channels", "size", "scales"].map((name): unknown =>
    Reflect.get(Object(state), name),
  );
  if (!isSize(size)) return problem("fitted with a size", size);
  if (!isExtent(channels) || channels * size[0] * size[1] > MOST_PIXELS)
    return problem("fitted with channels", channels);
  const restored = restoreAffines(scales, channels);
  return restored instanceof Problem ? restored : { channels, size, scales: restored };
}

function hasSize({ shape }: Tensor, [height, width]: readonly [number, number]): boolean {
  return shape[1] === height && shape[2] === width;
}

function isSize(value: unknown): value is readonly [number, number] {
  const [height, width, ...more]: unknown[] = Array.isArray(value) ? value : [];
  return isExtent(height) && isExtent(width) && height * width <= MOST_PIXELS && more.length === 0;
}

function isExtent(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}
