import { describe, expect, test } from "vitest";
import { type Stroke, imageOf } from "../../../examples/serving/page/ink.ts";
import { DRAWN } from "./drawn.ts";

/** The columns or rows of an image that have ink, and the centre of its mass. */
function measure(image: Float32Array): { readonly width: number; readonly height: number; readonly centre: number[] } {
  const inked = Array.from(image.keys()).filter((i) => (image[i] ?? 0) > 0.5);
  const extent = (places: number[]): number => 1 + Math.max(...places) - Math.min(...places);
  const mass = image.reduce((sum, ink) => sum + ink);
  const mean = (place: (i: number) => number): number =>
    image.reduce((sum, ink, i) => sum + ink * (place(i) + 0.5), 0) / mass;
  const [column, row] = [(i: number) => i % 28, (i: number) => Math.floor(i / 28)];
  return {
    width: extent(inked.map(column)),
    height: extent(inked.map(row)),
    centre: [mean(column), mean(row)],
  };
}

function moved(strokes: readonly Stroke[], scale: number, by: number): Stroke[] {
  return strokes.map((stroke) => stroke.map(([x, y]) => [scale * x + by, scale * y + by]));
}

describe("strokes become images as MNIST has them", () => {
  test.each(Object.entries(DRAWN))("%s: 20 pixels high, its centre of mass in the middle", (_, strokes) => {
    const { width, height, centre } = measure(imageOf(strokes));
    expect(Math.abs(height - 20)).toBeLessThanOrEqual(1);
    expect(width).toBeLessThanOrEqual(21);
    for (const place of centre) expect(Math.abs(place - 14)).toBeLessThan(0.1);
  });

  test("wherever they are drawn, and however large", () => {
    const image = imageOf(DRAWN["3"]);
    for (const [scale, by] of [
      [0.5, 0.02],
      [0.3, 0.6],
    ] as const) {
      const other = imageOf(moved(DRAWN["3"], scale, by));
      expect(Math.max(...image.map((ink, i) => Math.abs(ink - (other[i] ?? NaN))))).toBeLessThan(1e-5);
    }
  });

  test("with as much ink as the digits of MNIST", () => {
    const images = Object.values(DRAWN).map((strokes) => imageOf(strokes));
    const mean = images.reduce((sum, image) => sum + image.reduce((ink, each) => ink + each), 0) / images.length;
    expect(Math.abs(mean - 101)).toBeLessThan(15); // 101: the mean of the 60,000 training digits
  });

  test("a dot stays a dot", () => {
    const { width, height, centre } = measure(imageOf([[[0.1, 0.9]]]));
    expect([width, height]).toEqual([2, 2]);
    expect(centre.map((place) => place.toFixed(6))).toEqual(["14.000000", "14.000000"]);
  });
});
