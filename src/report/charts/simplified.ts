/** A point of a line; null for a gap. */
export type Point = readonly [x: number, y: number | null];

const TOLERANCE = 0.002; // of the extent of each axis: half a pixel of a chart

/** The points of a line without those that one would not see, after Douglas and Peucker; all of a line with gaps. */
export function simplified(points: readonly Point[]): readonly Point[] {
  const whole = points.flatMap(([x, y]) => (y === null ? [] : [[x, y] as const]));
  if (whole.length < points.length) return points;
  const [width, height] = [0, 1].map((axis) => {
    const values = whole.map((point) => point[axis] ?? 0);
    return Math.max(...values) - Math.min(...values) || 1;
  });
  const at = (i: number): readonly [number, number] => {
    const [x, y] = whole[i] ?? [0, 0];
    return [x / (width ?? 1), y / (height ?? 1)];
  };
  const kept = new Set([0, whole.length - 1]);
  const parts: [number, number][] = [[0, whole.length - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [first, last] = part;
    let [farthest, most] = [0, TOLERANCE];
    for (let i = first + 1; i < last; i++) {
      const distance = distanceTo(at(i), at(first), at(last));
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (farthest === 0) continue;
    kept.add(farthest);
    parts.push([first, farthest], [farthest, last]);
  }
  return whole.filter((_, i) => kept.has(i));
}

/** The distance of a point to a segment. */
function distanceTo(
  [x, y]: readonly [number, number],
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): number {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - fromX) * dx + (y - fromY) * dy) / length));
  return Math.hypot(x - fromX - along * dx, y - fromY - along * dy);
}
