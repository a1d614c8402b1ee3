/** Bodies that every host must refuse, and words of the reason. */
export const WRONG: readonly (readonly [name: string, body: string, status: number, reason: RegExp])[] = [
  ["no JSON", "{", 400, /JSON/],
  ["null", "null", 400, /object/],
  ["no pixels", "{}", 400, /pixels/],
  ["pixels of another type", '{"pixels": "0.5"}', 400, /array/],
  ["a pixel less", withPixels(Array(783).fill(0)), 400, /784/],
  ["a pixel more", withPixels(Array(785).fill(0)), 400, /784/],
  ["text among the pixels", withPixels([...Array(783).fill(0), "0.5"]), 400, /783.*number/],
  ["null among the pixels, as JSON writes NaN", withPixels([NaN, ...Array(783).fill(0)]), 400, /\b0\b.*number/],
  ["a pixel above 1", withPixels([0, 1.5, ...Array(782).fill(0)]), 400, /\b1\b/],
  ["a pixel below 0", withPixels([-0.5, ...Array(783).fill(0)]), 400, /\b0\b/],
  ["a pixel that JSON reads as Infinity", withPixels(Array(784).fill(0)).replace("0", "1e999"), 400, /\b0\b/],
  ["a body that is too large", withPixels(Array(20_000).fill(0)), 413, /large|at most/],
];

export function withPixels(pixels: readonly unknown[]): string {
  return JSON.stringify({ pixels });
}
