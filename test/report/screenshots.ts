/** Screenshots as small pictures, which tell layout and colours but hardly the font. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { decode, encode } from "fast-png";

const CELL = 16; // pixels whose mean is one pixel of the small picture
const FOLDER = new URL("screenshots/", import.meta.url);

interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGB. */
  readonly data: Uint8Array;
}

/** The means of cells of 16 x 16 pixels. */
export function small(png: Uint8Array): Picture {
  const { width: full, height: high, channels, data } = decode(png);
  const [width, height] = [Math.floor(full / CELL), Math.floor(high / CELL)];
  const means = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    let sum = 0;
    for (let dy = 0; dy < CELL; dy++) {
      for (let dx = 0; dx < CELL; dx++) {
        sum += data[((y * CELL + dy) * full + x * CELL + dx) * channels + channel] ?? 0;
      }
    }
    return Math.round(sum / CELL ** 2);
  });
  return { width, height, data: means };
}

/** The reference of a name; written if it is absent or LANEGRAD_SCREENSHOTS=1 asks for it. */
export function reference(name: string, picture: Picture): Picture {
  const file = new URL(`${name}.png`, FOLDER);
  if (!existsSync(file) || process.env["LANEGRAD_SCREENSHOTS"] === "1") {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, encode({ ...picture, channels: 3, depth: 8 }));
  }
  const { width, height, data } = decode(readFileSync(file));
  return { width, height, data: Uint8Array.from(data) };
}

/** How far pictures differ, from 0 to 2: the sum of the differences over the ink of the first, its distance from its background. */
export function difference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 2;
  const background = commonest(a);
  let [apart, ink] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    apart += Math.abs(value - (b.data[i] ?? 0));
    ink += Math.abs(value - (background[i % 3] ?? 0));
  }
  return Math.min(2, apart / Math.max(1, ink));
}

function commonest({ data }: Picture): readonly number[] {
  const counts = new Map<string, number>();
  for (let i = 0; i < data.length; i += 3) {
    const color = data.subarray(i, i + 3).join();
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const [color = ""] = [...counts.keys()].toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  return color.split(",").map(Number);
}
