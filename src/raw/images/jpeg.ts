import { FormatError } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import { jpegJs } from "../peers.ts";
import type { Pixels } from "./pixels.ts";

const MOST_MEGAPIXELS = 67; // 2^26 pixels
/** Pixels for a byte: a block of 8 by 8 takes at least one bit. A header that says more would allocate them all. */
const MOST_EXPANSION = 512;
const MOST_MEGABYTES = 1024; // what jpeg-js may allocate in all

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * The pixels of a JPEG file, baseline or progressive, in the order of the file: an orientation of EXIF is ignored.
 * @throws FormatError when it is damaged or larger than 67 megapixels
 */
export async function jpegPixels(where: string, called: string, bytes: Uint8Array): Promise<Pixels> {
  const { decode } = await jpegJs(where);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxResolutionInMP: Math.min(MOST_MEGAPIXELS, (bytes.length * MOST_EXPANSION) / 1e6),
      maxMemoryUsageInMB: MOST_MEGABYTES,
    });
    return { width, height, channels: 4, values: data, most: 255 };
  } catch (cause) {
    const got = visible(cause instanceof Error ? cause.message : String(cause));
    throw new FormatError(`${called} must be a whole JPEG image; got ${got}`, { cause });
  }
}
