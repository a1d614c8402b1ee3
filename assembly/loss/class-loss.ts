// Losses of rows of scores, each with the label of its class.

import { mapRangeWith } from "../base/map";
import { Multiply } from "../base/functions";
import { bytes, rowShare } from "../base/lanes";
import { dotOf } from "../base/summation";

/** The divisor of the sum over rows: for the mean the sum of weights[label] over rows that count, else 1. */
function nllDivisor(labels: usize, weights: usize, ignoreIndex: i32, mean: i32, rows: i32): f64 {
  if (!mean) return 1;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + bytes(r));
    if (label != ignoreIndex) sum += <f64>load<f32>(weights + bytes(label));
  }
  return sum;
}

/** sum - (1 - smoothing) weights[label] row[label] - smoothing / columns * sum over c of weights[c] row[c]. */
@inline
function withRow(sum: f64, row: usize, label: i32, weights: usize, smoothing: f32, columns: i32): f64 {
  sum -= (1 - <f64>smoothing) * <f64>load<f32>(weights + bytes(label)) * <f64>load<f32>(row + bytes(label));
  // Without smoothing the others are not read: one of them may be -Infinity.
  if (smoothing > 0) sum -= (<f64>smoothing / <f64>columns) * dotOf(weights, row, columns);
  return sum;
}

/**
 * Row r: -(1 - smoothing) weights[y] logp[r, y] - smoothing / columns * sum over c of weights[c] logp[r, c] with
 * y = labels[r], from 0 to below columns; 0 where y is ignoreIndex. out[0] = sum over rows / divisor.
 */
export function nll(
  logp: usize, labels: usize, weights: usize, out: usize, smoothing: f32, ignoreIndex: i32, mean: i32,
  rows: i32, columns: i32, part: i32, _parts: i32,
): void {
  if (part != 0) return;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + bytes(r));
    if (label == ignoreIndex) continue;
    sum = withRow(sum, logp + bytes(r) * <usize>columns, label, weights, smoothing, columns);
  }
  store<f32>(out, <f32>(sum / nllDivisor(labels, weights, ignoreIndex, mean, rows)));
}

/** out[r] = the term of row r in the sum of `nll`, 0 where its label is ignoreIndex. */
export function nllEach(
  logp: usize, labels: usize, weights: usize, out: usize, smoothing: f32, ignoreIndex: i32, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const label = load<i32>(labels + bytes(r));
    const row = logp + bytes(r) * <usize>columns;
    const loss = label == ignoreIndex ? 0 : withRow(0, row, label, weights, smoothing, columns);
    store<f32>(out + bytes(r), <f32>loss);
  }
}

/** out[r] = weights[labels[r]], 0 where labels[r] is ignoreIndex. */
export function labelWeights(
  labels: usize, weights: usize, out: usize, ignoreIndex: i32, rows: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const label = load<i32>(labels + bytes(r));
    store<f32>(out + bytes(r), label == ignoreIndex ? 0 : load<f32>(weights + bytes(label)));
  }
}

/** dLogp[r, c] = -dOut / divisor * weights[c] ((1 - smoothing) [c = labels[r]] + smoothing / columns), 0 if ignored. */
export function nllGradient(
  dOut: usize, labels: usize, weights: usize, dLogp: usize, smoothing: f32, ignoreIndex: i32, mean: i32,
  rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const scale = <f64>load<f32>(dOut) / nllDivisor(labels, weights, ignoreIndex, mean, rows);
  const shared = scale * (<f64>smoothing / <f64>columns);
  const own = scale * (1 - <f64>smoothing) + shared;
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const label = load<i32>(labels + bytes(r));
    const counts = label != ignoreIndex;
    const row = dLogp + bytes(r) * <usize>columns;
    const each = f32x4.splat(counts ? <f32>-shared : 0);
    mapRangeWith(changetype<Multiply>(0), weights, each, row, 0, columns);
    if (counts) store<f32>(row + bytes(label), <f32>(-own * <f64>load<f32>(weights + bytes(label))));
  }
}

/** max(0, margin + other - own), its square where `squared` is 1. */
@inline
function overlap(own: f32, other: f32, margin: f32, squared: i32): f64 {
  const size = <f64>margin - <f64>own + <f64>other;
  if (size <= 0) return 0;
  return squared ? size * size : size;
}

/** weights[l] * sum over c other than l = label of the overlap of row[c] with row[l]. */
@inline
function overlaps(row: usize, label: i32, weights: usize, margin: f32, squared: i32, columns: i32): f64 {
  const own = load<f32>(row + bytes(label));
  let sum: f64 = 0;
  for (let c = 0; c < columns; c++) {
    if (c != label) sum += overlap(own, load<f32>(row + bytes(c)), margin, squared);
  }
  return <f64>load<f32>(weights + bytes(label)) * sum;
}

/**
 * out[0] = factor * sum over r of weights[l] * sum over c other than l = labels[r] of max(0, margin - x[r, l] + x[r, c]),
 * or of its square.
 */
export function multiMargin(
  x: usize, labels: usize, weights: usize, out: usize, margin: f32, squared: i32, factor: f32, rows: i32, columns: i32,
  part: i32, _parts: i32,
): void {
  if (part != 0) return;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const row = x + bytes(r) * <usize>columns;
    sum += overlaps(row, load<i32>(labels + bytes(r)), weights, margin, squared, columns);
  }
  store<f32>(out, <f32>(sum * <f64>factor));
}

/** out[r] = factor * the term of row r in the sum of `multiMargin`. */
export function multiMarginEach(
  x: usize, labels: usize, weights: usize, out: usize, margin: f32, squared: i32, factor: f32, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = x + bytes(r) * <usize>columns;
    const sum = overlaps(row, load<i32>(labels + bytes(r)), weights, margin, squared, columns);
    store<f32>(out + bytes(r), <f32>(sum * <f64>factor));
  }
}

/**
 * dx[r, c] = dOut * factor * weights[l] where x[r, c] + margin > x[r, l], times 2 (margin - x[r, l] + x[r, c]) where
 * squares are added; dx[r, l] is minus the sum of the others.
 */
export function multiMarginGradient(
  dOut: usize, x: usize, labels: usize, weights: usize, dx: usize, margin: f32, squared: i32, factor: f32, rows: i32,
  columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const label = load<i32>(labels + bytes(r));
    const row = x + bytes(r) * <usize>columns;
    const dRow = dx + bytes(r) * <usize>columns;
    const own = load<f32>(row + bytes(label));
    const scale = <f64>load<f32>(dOut) * <f64>factor * <f64>load<f32>(weights + bytes(label));
    let sum: f64 = 0;
    for (let c = 0; c < columns; c++) {
      const size = overlap(own, load<f32>(row + bytes(c)), margin, 0);
      const slope = c == label || size == 0 ? 0 : scale * (squared ? 2 * size : 1);
      sum += slope;
      store<f32>(dRow + bytes(c), <f32>slope);
    }
    store<f32>(dRow + bytes(label), <f32>-sum);
  }
}
