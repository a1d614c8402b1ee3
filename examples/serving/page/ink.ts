/** Drawn strokes as images of MNIST. */

/** A place on the paper; the paper is the square from 0 to 1. */
export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

const SIDE = 28; // pixels
const BOX = 20; // pixels: the longer side of a digit of MNIST
const RADIUS = 1.3; // pixels: half the width of the line, so that a digit has as much ink as those of MNIST
const SMALLEST = 0.15; // of the paper: what is smaller, such as a dot, is not enlarged further

/**
 * The 28 x 28 brightnesses of strokes, from 0 to 1, as MNIST has them: the digit fits in 20 x 20 pixels with its proportions, and
 * its centre of mass is the centre of the image.
 * Source: http://yann.lecun.com/exdb/mnist/
 */
export function imageOf(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat();
  const [left, right] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const [top, bottom] = [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
  const scale = (BOX - 2 * RADIUS) / Math.max(right - left, bottom - top, SMALLEST);
  const place = (centre: Point): Float32Array => {
    const [dx, dy] = [SIDE / 2 - scale * centre[0], SIDE / 2 - scale * centre[1]];
    return drawn(strokes.map((stroke) => stroke.map(([x, y]): Point => [scale * x + dx, scale * y + dy])));
  };
  const middle: Point = [(left + right) / 2, (top + bottom) / 2];
  const [x, y] = centreOfMass(place(middle));
  return place([middle[0] + (x - SIDE / 2) / scale, middle[1] + (y - SIDE / 2) / scale]);
}

/** Lines along strokes, in pixels; the edge of a line fades over one pixel. */
function drawn(strokes: readonly Stroke[]): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const pixel: Point = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    const distance = Math.min(...strokes.map((stroke) => distanceTo(stroke, pixel)));
    return Math.min(1, Math.max(0, RADIUS + 0.5 - distance));
  });
}

function distanceTo(stroke: Stroke, [x, y]: Point): number {
  let nearest = Infinity;
  stroke.forEach(([x1, y1], i) => {
    const [x0, y0] = stroke[i - 1] ?? [x1, y1];
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const share = Math.min(1, Math.max(0, along));
    nearest = Math.min(nearest, Math.hypot(x - x0 - share * dx, y - y0 - share * dy));
  });
  return nearest;
}

function centreOfMass(image: Float32Array): Point {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}
