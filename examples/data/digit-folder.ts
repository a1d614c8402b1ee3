import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { PIXELS, readDigits } from "../mnist/digits.ts";

/** Writes the first digits of MNIST into a folder, as PNG in a subfolder for each class: `7/123.png`. */
export function writeDigits(folder: string, count: number): void {
  const { x, y } = readDigits("train", count);
  y.data.forEach((label, i) => {
    const pixels = Uint8Array.from(x.data.subarray(i * PIXELS, (i + 1) * PIXELS), (value) => Math.round(value * 255));
    mkdirSync(join(folder, `${label}`), { recursive: true });
    writeFileSync(join(folder, `${label}`, `${i}.png`), encode({ width: 28, height: 28, channels: 1, data: pixels }));
  });
}
