import { Binary, Relu, Tanh, ThroughRelu, ThroughTanh, Unary } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { madd } from "../base/math";

/** One step of a plain recurrent layer: gates, given as x W_ih, and h become f(gates + product + bias). */
@inline
function rnnCell<F extends Unary>(
  f: F, gates: usize, product: usize, bias: usize, h: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const x = gates + bytes(r * columns);
    const y = product + bytes(r * columns);
    const out = h + bytes(r * columns);
    let i = 0;
    for (; i + TURN <= columns; i += TURN) {
      const lowX = f32x4.add(v128.load(x + bytes(i)), v128.load(y + bytes(i)));
      const highX = f32x4.add(v128.load(x + bytes(i), 16), v128.load(y + bytes(i), 16));
      const low = f.apply(f32x4.add(lowX, v128.load(bias + bytes(i))));
      const high = f.apply(f32x4.add(highX, v128.load(bias + bytes(i), 16)));
      v128.store(x + bytes(i), low);
      v128.store(x + bytes(i), high, 16);
      v128.store(out + bytes(i), low);
      v128.store(out + bytes(i), high, 16);
    }
    const zero = f32x4.splat(0);
    for (; i < columns; i += LANES) {
      const count = columns - i;
      const both = f32x4.add(loadLanes(x + bytes(i), count, zero), loadLanes(y + bytes(i), count, zero));
      const value = f.apply(f32x4.add(both, loadLanes(bias + bytes(i), count, zero)));
      storeLanes(x + bytes(i), count, value);
      storeLanes(out + bytes(i), count, value);
    }
  }
}

/** dGates = (dOut + dH) f', with dH the gradient from the next step, and f' computed from the value of f. */
@inline
function rnnCellGradient<F extends Binary>(
  f: F, dOut: usize, dH: usize, gates: usize, dGates: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const low = f32x4.add(v128.load(dOut + bytes(i)), v128.load(dH + bytes(i)));
    const high = f32x4.add(v128.load(dOut + bytes(i), 16), v128.load(dH + bytes(i), 16));
    const lowOut = f.apply(low, v128.load(gates + bytes(i)));
    const highOut = f.apply(high, v128.load(gates + bytes(i), 16));
    v128.store(dGates + bytes(i), lowOut);
    v128.store(dGates + bytes(i), highOut, 16);
  }
  const zero = f32x4.splat(0);
  for (; i < end; i += LANES) {
    const count = end - i;
    const d = f32x4.add(loadLanes(dOut + bytes(i), count, zero), loadLanes(dH + bytes(i), count, zero));
    storeLanes(dGates + bytes(i), count, f.apply(d, loadLanes(gates + bytes(i), count, zero)));
  }
}

/** gates[r, c] = h[r, c] = tanh(gates[r, c] + product[r, c] + bias[c]); shared over rows. */
export function rnnTanhCell(
  gates: usize, product: usize, bias: usize, h: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  rnnCell(changetype<Tanh>(0), gates, product, bias, h, rows, columns, part, parts);
}

/** gates[r, c] = h[r, c] = max(gates[r, c] + product[r, c] + bias[c], 0); shared over rows. */
export function rnnReluCell(
  gates: usize, product: usize, bias: usize, h: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  rnnCell(changetype<Relu>(0), gates, product, bias, h, rows, columns, part, parts);
}

/** dGates[i] = (dOut[i] + dH[i]) (1 - gates[i]^2). */
export function rnnTanhCellGradient(
  dOut: usize, dH: usize, gates: usize, dGates: usize, length: i32, part: i32, parts: i32,
): void {
  rnnCellGradient(changetype<ThroughTanh>(0), dOut, dH, gates, dGates, length, part, parts);
}

/** dGates[i] = dOut[i] + dH[i] where gates[i] > 0, else 0. */
export function rnnReluCellGradient(
  dOut: usize, dH: usize, gates: usize, dGates: usize, length: i32, part: i32, parts: i32,
): void {
  rnnCellGradient(changetype<ThroughRelu>(0), dOut, dH, gates, dGates, length, part, parts);
}

/** out[i] = share[i] fresh[i] + (1 - share[i]) before[i]: exact where the share is 0 or 1. out may be fresh. */
export function blend(
  share: usize, fresh: usize, before: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const low = blended(v128.load(share + bytes(i)), v128.load(fresh + bytes(i)), v128.load(before + bytes(i)));
    const high = blended(
      v128.load(share + bytes(i), 16), v128.load(fresh + bytes(i), 16), v128.load(before + bytes(i), 16),
    );
    v128.store(out + bytes(i), low);
    v128.store(out + bytes(i), high, 16);
  }
  const zero = f32x4.splat(0);
  for (; i < end; i += LANES) {
    const count = end - i;
    const shares = loadLanes(share + bytes(i), count, zero);
    const now = loadLanes(fresh + bytes(i), count, zero);
    storeLanes(out + bytes(i), count, blended(shares, now, loadLanes(before + bytes(i), count, zero)));
  }
}

@inline
function blended(share: v128, fresh: v128, before: v128): v128 {
  return madd(share, fresh, f32x4.mul(f32x4.sub(f32x4.splat(1), share), before));
}
