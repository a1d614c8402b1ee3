/** Pooling over windows of 2 x 2 that touch and do not overlap: four of them a turn. */
import { fillRange } from "../base/map";
import { LANES, bytes, rowShare } from "../base/lanes";
import { select } from "../base/math";

/** Every other of eight floats, from the first on. */
@inline
function evens(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 0, 2, 4, 6);
}

/** Every other of eight floats, from the second on. */
@inline
function odds(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 1, 3, 5, 7);
}

/** evens and odds put together again. */
@inline
function storePairs(out: usize, even: v128, odd: v128): void {
  v128.store(out, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}

/** out[p, y, x] = the largest of x[p, 2y .. 2y + 1, 2x .. 2x + 1], NaN where there is one. Workers share rows of out. */
export function maxPoolPairs(
  x: usize, out: usize, planes: i32, height: i32, width: i32, part: i32, parts: i32,
): void {
  const rows = height / 2;
  const columns = width / 2;
  const end = rowShare(planes * rows, part + 1, parts);
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const top = x + bytes(((item / rows) * height + (item % rows) * 2) * width);
    const low = top + bytes(width);
    const to = out + bytes(item * columns);
    let c = 0;
    for (; c + LANES <= columns; c += LANES) {
      const left = f32x4.max(v128.load(top + bytes(2 * c)), v128.load(low + bytes(2 * c)));
      const right = f32x4.max(v128.load(top + bytes(2 * c), 16), v128.load(low + bytes(2 * c), 16));
      v128.store(to + bytes(c), f32x4.max(evens(left, right), odds(left, right)));
    }
    for (; c < columns; c++) {
      const a = max(load<f32>(top + bytes(2 * c)), load<f32>(top + bytes(2 * c), 4));
      const b = max(load<f32>(low + bytes(2 * c)), load<f32>(low + bytes(2 * c), 4));
      store<f32>(to + bytes(c), max(a, b));
    }
  }
}

/**
 * dx[p, h, w] = dOut of the window around (h, w) where x is its largest, the first of equals or the last NaN, else 0;
 * 0 in an odd last row or column. Workers share rows of dOut.
 */
export function maxPoolPairsGradient(
  dOut: usize, x: usize, dx: usize, planes: i32, height: i32, width: i32, part: i32, parts: i32,
): void {
  const rows = height / 2;
  const columns = width / 2;
  const one = i32x4.splat(1);
  const two = i32x4.splat(2);
  const three = i32x4.splat(3);
  const end = rowShare(planes * rows, part + 1, parts);
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const start = ((item / rows) * height + (item % rows) * 2) * width;
    const top = x + bytes(start);
    const low = top + bytes(width);
    const toTop = dx + bytes(start);
    const toLow = toTop + bytes(width);
    const from = dOut + bytes(item * columns);
    let c = 0;
    for (; c + LANES <= columns; c += LANES) {
      const topLeft = v128.load(top + bytes(2 * c));
      const topRight = v128.load(top + bytes(2 * c), 16);
      const lowLeft = v128.load(low + bytes(2 * c));
      const lowRight = v128.load(low + bytes(2 * c), 16);
      const upstream = v128.load(from + bytes(c));
      const first = evens(topLeft, topRight);
      const second = odds(topLeft, topRight);
      const third = evens(lowLeft, lowRight);
      const fourth = odds(lowLeft, lowRight);
      let larger = exceeds(second, first);
      let place = v128.and(larger, one);
      let most = select(larger, second, first);
      larger = exceeds(third, most);
      place = select(larger, two, place);
      most = select(larger, third, most);
      place = select(exceeds(fourth, most), three, place);
      const atFirst = v128.and(upstream, i32x4.eq(place, i32x4.splat(0)));
      const atSecond = v128.and(upstream, i32x4.eq(place, one));
      const atThird = v128.and(upstream, i32x4.eq(place, two));
      const atFourth = v128.and(upstream, i32x4.eq(place, three));
      storePairs(toTop + bytes(2 * c), atFirst, atSecond);
      storePairs(toLow + bytes(2 * c), atThird, atFourth);
    }
    for (; c < columns; c++) {
      let place = 0;
      let most = load<f32>(top + bytes(2 * c));
      for (let k = 1; k < 4; k++) {
        const value = load<f32>((k < 2 ? top : low) + bytes(2 * c + (k & 1)));
        if (value > most || value != value) {
          most = value;
          place = k;
        }
      }
      const upstream = load<f32>(from + bytes(c));
      for (let k = 0; k < 4; k++) {
        store<f32>((k < 2 ? toTop : toLow) + bytes(2 * c + (k & 1)), k == place ? upstream : 0);
      }
    }
    fillRest(dx, start, item % rows == rows - 1, height, width);
  }
}

/** Whether value is larger than most, or NaN. */
@inline
function exceeds(value: v128, most: v128): v128 {
  return v128.or(f32x4.gt(value, most), f32x4.ne(value, value));
}

/** Zeros where no window reaches: the end of two rows that begin at `start`, and of a row after the last two. */
@inline
function fillRest(dx: usize, start: i32, isLast: bool, height: i32, width: i32): void {
  if (width % 2 == 1) {
    store<f32>(dx + bytes(start + width - 1), 0);
    store<f32>(dx + bytes(start + 2 * width - 1), 0);
  }
  if (height % 2 == 1 && isLast) fillRange(dx + bytes(start + 2 * width), f32x4.splat(0), 0, width);
}

/** out[p, y, x] = the mean of x[p, 2y .. 2y + 1, 2x .. 2x + 1]. Workers share rows of out. */
export function averagePoolPairs(
  x: usize, out: usize, planes: i32, height: i32, width: i32, part: i32, parts: i32,
): void {
  const rows = height / 2;
  const columns = width / 2;
  const quarter = f32x4.splat(0.25);
  const end = rowShare(planes * rows, part + 1, parts);
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const top = x + bytes(((item / rows) * height + (item % rows) * 2) * width);
    const low = top + bytes(width);
    const to = out + bytes(item * columns);
    let c = 0;
    for (; c + LANES <= columns; c += LANES) {
      const left = f32x4.add(v128.load(top + bytes(2 * c)), v128.load(low + bytes(2 * c)));
      const right = f32x4.add(v128.load(top + bytes(2 * c), 16), v128.load(low + bytes(2 * c), 16));
      v128.store(to + bytes(c), f32x4.mul(f32x4.add(evens(left, right), odds(left, right)), quarter));
    }
    for (; c < columns; c++) {
      const left = load<f32>(top + bytes(2 * c)) + load<f32>(low + bytes(2 * c));
      const right = load<f32>(top + bytes(2 * c), 4) + load<f32>(low + bytes(2 * c), 4);
      store<f32>(to + bytes(c), (left + right) * 0.25);
    }
  }
}

/** dx[p, h, w] = a quarter of dOut of the window around (h, w); 0 in an odd last row or column. Workers share rows of dOut. */
export function averagePoolPairsGradient(
  dOut: usize, dx: usize, planes: i32, height: i32, width: i32, part: i32, parts: i32,
): void {
  const rows = height / 2;
  const columns = width / 2;
  const quarter = f32x4.splat(0.25);
  const end = rowShare(planes * rows, part + 1, parts);
  for (let item = rowShare(planes * rows, part, parts); item < end; item++) {
    const start = ((item / rows) * height + (item % rows) * 2) * width;
    const top = dx + bytes(start);
    const low = top + bytes(width);
    const from = dOut + bytes(item * columns);
    let c = 0;
    for (; c + LANES <= columns; c += LANES) {
      const share = f32x4.mul(v128.load(from + bytes(c)), quarter);
      storePairs(top + bytes(2 * c), share, share);
      storePairs(low + bytes(2 * c), share, share);
    }
    for (; c < columns; c++) {
      const share = load<f32>(from + bytes(c)) * 0.25;
      for (let k = 0; k < 4; k++) store<f32>((k < 2 ? top : low) + bytes(2 * c + (k & 1)), share);
    }
    fillRest(dx, start, item % rows == rows - 1, height, width);
  }
}
