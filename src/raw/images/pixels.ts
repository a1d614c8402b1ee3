import { Tensor } from "../../base/tensor.ts";

/** A decoded image: rows of pixels, whose channels lie side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 colours, 4 colours and alpha. */
  readonly channels: number;
  readonly values: Uint8Array | Uint16Array;
  /** The value of full brightness. */
  readonly most: number;
}

/** 1: grey, 3: red, green and blue, 4: these and alpha. */
export type Channels = 1 | 3 | 4;

const LUMA = [0.299, 0.587, 0.114] as const; // ITU-R BT.601, as of PIL's mode L

/** A tensor [channels, height, width] in [0, 1]. Alpha is dropped, or 1 where the image has none. */
export function tensorOf(
  { width, height, channels: found, values, most }: Pixels,
  channels: Channels,
): Tensor<"float32"> {
  const size = width * height;
  const out = new Float32Array(channels * size);
  const isGrey = found < 3;
  const [red, green, blue] = LUMA;
  for (let i = 0; i < size; i++) {
    const at = i * found;
    const [r = 0, g = 0, b = 0] = isGrey
      ? [values[at], values[at], values[at]]
      : [values[at], values[at + 1], values[at + 2]];
    if (channels === 1) {
      out[i] = (isGrey ? r : red * r + green * g + blue * b) / most;
      continue;
    }
    out[i] = r / most;
    out[size + i] = g / most;
    out[2 * size + i] = b / most;
    if (channels === 4) out[3 * size + i] = found % 2 === 0 ? (values[at + found - 1] ?? most) / most : 1;
  }
  return new Tensor([channels, height, width], "float32", out);
}
