import { FormatError, requireWhole, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensor } from "../../base/tensor.ts";
import { type FileLike, withSource } from "../../files/source.ts";
import { isJpeg, jpegPixels } from "./jpeg.ts";
import { type Channels, tensorOf } from "./pixels.ts";
import { isPng, pngPixels } from "./png.ts";
import { resized } from "./resize.ts";

export interface ImageOptions {
  /** Height and width, or both as one number, to which images are resized. Default: as in the file. */
  readonly size?: number | readonly [height: number, width: number] | undefined;
  /** 1: grey, 3: red, green and blue, 4: these and alpha. Default: 3. */
  readonly channels?: Channels;
}

/** Options that were checked. */
export interface ImageForm {
  readonly size: readonly [height: number, width: number] | undefined;
  readonly channels: Channels;
}

const LARGEST = 2 ** 14; // pixels along a side

/**
 * A PNG or JPEG image as a tensor [channels, height, width] in [0, 1], resized if `size` is given: bilinear where it grows, the
 * mean of what a pixel covers where it shrinks. Needs the package fast-png or jpeg-js.
 *
 * Grey becomes three equal channels, colours become grey by 0.299 R + 0.587 G + 0.114 B, and alpha is dropped unless
 * `channels` is 4.
 *
 * @throws FormatError that names the file when it is neither, damaged, or larger than 2^26 pixels
 * @throws FileError when the host cannot read the file
 */
export async function decodeImage(file: FileLike, options: ImageOptions = {}): Promise<Tensor<"float32">> {
  return imageOf("decodeImage", file, imageForm("decodeImage", options));
}

/** @throws TypeError or RangeError when an option is wrong */
export function imageForm(where: string, options: ImageOptions): ImageForm {
  const { size, channels } = withDefaults(where, options, { size: undefined, channels: 3 });
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(`${where}: channels must be 1, 3 or 4; got ${shown(channels)}`);
  }
  if (size === undefined) return { size, channels };
  const isPair = Array.isArray(size) && size.length === 2;
  if (typeof size !== "number" && !isPair) {
    throw new RangeError(`${where}: size must be a number, or height and width; got ${shown(size)}`);
  }
  const [height, width] = typeof size === "number" ? [size, size] : size;
  requireWhole(where, "size", height, 1, LARGEST);
  requireWhole(where, "size", width, 1, LARGEST);
  return { size: [height, width], channels };
}

/** The image of a file in the wanted form. */
export async function imageOf(
  where: string,
  file: FileLike,
  { size, channels }: ImageForm,
): Promise<Tensor<"float32">> {
  return withSource(where, file, async (source) => {
    const called = `${where}: ${JSON.stringify(source.name)}`;
    const bytes = await source.read(0, source.size);
    const decode = isPng(bytes) ? pngPixels : isJpeg(bytes) ? jpegPixels : undefined;
    if (!decode) throw new FormatError(`${called} must be a PNG or JPEG image; got other bytes`);
    const image = tensorOf(await decode(where, called, bytes), channels);
    return size === undefined ? image : resized(image, ...size);
  });
}
