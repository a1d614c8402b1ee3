import { throughSigmoid, throughTanh } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { madd, sigmoid4, tanh4 } from "../base/math";
import { GRU_GATES } from "../contract/recurrent";

// A row of gates holds the reset gate r, the update gate z and the candidate n, `columns` each.
@inline
const GATES: usize = GRU_GATES;

/** The argument of the sigmoid of r or z. */
@inline
function sum(x: v128, xBias: v128, h: v128, hBias: v128): v128 {
  return f32x4.add(f32x4.add(x, xBias), f32x4.add(h, hBias));
}

/** (1 - z) n + z h, exact where z is 0. */
@inline
function updated(z: v128, n: v128, h: v128): v128 {
  return madd(z, f32x4.sub(h, n), n);
}

/**
 * One step of a GRU, for each row: gates, given as x W_ih, become r, z = sigmoid of gates + xBias + product + hBias
 * and n = tanh(gates + xBias + r q) with q = product + hBias, which is written to `q`; h = (1 - z) n + z hBefore.
 * gates and product (h W_hh) are [rows, GRU_GATES columns], the biases [GRU_GATES columns], the rest [rows, columns]; shared over rows.
 */
export function gruCell(
  gates: usize, product: usize, xBias: usize, hBias: usize, hBefore: usize, q: usize, h: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    gruRow(gates + GATES * row, product + GATES * row, xBias, hBias, hBefore + row, q + row, h + row, columns);
  }
}

function gruRow(
  gates: usize, product: usize, xBias: usize, hBias: usize, hBefore: usize, q: usize, h: usize, columns: i32,
): void {
  const gate = bytes(columns);
  let left = columns;
  for (; left >= TURN; left -= TURN) {
    const zGate = gates + gate, nGate = zGate + gate;
    const zProduct = product + gate, nProduct = zProduct + gate;
    const zxBias = xBias + gate, nxBias = zxBias + gate;
    const zhBias = hBias + gate, nhBias = zhBias + gate;
    const rLow = sigmoid4(sum(v128.load(gates), v128.load(xBias), v128.load(product), v128.load(hBias)));
    const rHigh = sigmoid4(
      sum(v128.load(gates, 16), v128.load(xBias, 16), v128.load(product, 16), v128.load(hBias, 16)),
    );
    const zLow = sigmoid4(sum(v128.load(zGate), v128.load(zxBias), v128.load(zProduct), v128.load(zhBias)));
    const zHigh = sigmoid4(
      sum(v128.load(zGate, 16), v128.load(zxBias, 16), v128.load(zProduct, 16), v128.load(zhBias, 16)),
    );
    const qLow = f32x4.add(v128.load(nProduct), v128.load(nhBias));
    const qHigh = f32x4.add(v128.load(nProduct, 16), v128.load(nhBias, 16));
    const nLow = tanh4(madd(rLow, qLow, f32x4.add(v128.load(nGate), v128.load(nxBias))));
    const nHigh = tanh4(madd(rHigh, qHigh, f32x4.add(v128.load(nGate, 16), v128.load(nxBias, 16))));
    const hLow = updated(zLow, nLow, v128.load(hBefore));
    const hHigh = updated(zHigh, nHigh, v128.load(hBefore, 16));
    v128.store(gates, rLow);
    v128.store(gates, rHigh, 16);
    v128.store(zGate, zLow);
    v128.store(zGate, zHigh, 16);
    v128.store(nGate, nLow);
    v128.store(nGate, nHigh, 16);
    v128.store(q, qLow);
    v128.store(q, qHigh, 16);
    v128.store(h, hLow);
    v128.store(h, hHigh, 16);
    gates += bytes(TURN);
    product += bytes(TURN);
    xBias += bytes(TURN);
    hBias += bytes(TURN);
    hBefore += bytes(TURN);
    q += bytes(TURN);
    h += bytes(TURN);
  }
  const zero = f32x4.splat(0);
  for (; left > 0; left -= LANES) {
    const r = sigmoid4(sumLanes(gates, xBias, product, hBias, left));
    const z = sigmoid4(sumLanes(gates + gate, xBias + gate, product + gate, hBias + gate, left));
    const qNow = f32x4.add(loadLanes(product + 2 * gate, left, zero), loadLanes(hBias + 2 * gate, left, zero));
    const x = f32x4.add(loadLanes(gates + 2 * gate, left, zero), loadLanes(xBias + 2 * gate, left, zero));
    const n = tanh4(madd(r, qNow, x));
    const hNow = updated(z, n, loadLanes(hBefore, left, zero));
    storeLanes(gates, left, r);
    storeLanes(gates + gate, left, z);
    storeLanes(gates + 2 * gate, left, n);
    storeLanes(q, left, qNow);
    storeLanes(h, left, hNow);
    gates += bytes(LANES);
    product += bytes(LANES);
    xBias += bytes(LANES);
    hBias += bytes(LANES);
    hBefore += bytes(LANES);
    q += bytes(LANES);
    h += bytes(LANES);
  }
}

function sumLanes(x: usize, xBias: usize, h: usize, hBias: usize, count: i32): v128 {
  const zero = f32x4.splat(0);
  const ofInput = f32x4.add(loadLanes(x, count, zero), loadLanes(xBias, count, zero));
  return f32x4.add(ofInput, f32x4.add(loadLanes(h, count, zero), loadLanes(hBias, count, zero)));
}

/**
 * The gradients of one step of a GRU, for each row, from the gates and q of `gruCell`. dh = dOut + dH is the
 * gradient through both uses of h. dGates and dProduct are the gradients by x W_ih and by h W_hh, which
 * differ only in the columns of n; dBefore = dh z is that by hBefore, without the part through the product.
 */
export function gruCellGradient(
  dOut: usize, dH: usize, gates: usize, q: usize, hBefore: usize, dGates: usize, dProduct: usize, dBefore: usize,
  rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    gruRowGradient(
      dOut + row, dH + row, gates + GATES * row, q + row, hBefore + row, dGates + GATES * row, dProduct + GATES * row,
      dBefore + row, columns,
    );
  }
}

function gruRowGradient(
  dOut: usize, dH: usize, gates: usize, q: usize, hBefore: usize, dGates: usize, dProduct: usize, dBefore: usize,
  columns: i32,
): void {
  const gate = bytes(columns);
  const one = f32x4.splat(1);
  let left = columns;
  for (; left >= TURN; left -= TURN) {
    const zGate = gates + gate, nGate = zGate + gate;
    const dUpdate = dGates + gate, dCandidate = dUpdate + gate;
    const dUpdateProduct = dProduct + gate, dCandidateProduct = dUpdateProduct + gate;
    const dhLow = f32x4.add(v128.load(dOut), v128.load(dH));
    const dhHigh = f32x4.add(v128.load(dOut, 16), v128.load(dH, 16));
    const rLow = v128.load(gates);
    const rHigh = v128.load(gates, 16);
    const zLow = v128.load(zGate);
    const zHigh = v128.load(zGate, 16);
    const nLow = v128.load(nGate);
    const nHigh = v128.load(nGate, 16);
    const dzLow = throughSigmoid(f32x4.mul(dhLow, f32x4.sub(v128.load(hBefore), nLow)), zLow);
    const dzHigh = throughSigmoid(f32x4.mul(dhHigh, f32x4.sub(v128.load(hBefore, 16), nHigh)), zHigh);
    const dnLow = throughTanh(f32x4.mul(dhLow, f32x4.sub(one, zLow)), nLow);
    const dnHigh = throughTanh(f32x4.mul(dhHigh, f32x4.sub(one, zHigh)), nHigh);
    const drLow = throughSigmoid(f32x4.mul(dnLow, v128.load(q)), rLow);
    const drHigh = throughSigmoid(f32x4.mul(dnHigh, v128.load(q, 16)), rHigh);
    const dqLow = f32x4.mul(dnLow, rLow);
    const dqHigh = f32x4.mul(dnHigh, rHigh);
    const dBeforeLow = f32x4.mul(dhLow, zLow);
    const dBeforeHigh = f32x4.mul(dhHigh, zHigh);
    v128.store(dGates, drLow);
    v128.store(dGates, drHigh, 16);
    v128.store(dUpdate, dzLow);
    v128.store(dUpdate, dzHigh, 16);
    v128.store(dCandidate, dnLow);
    v128.store(dCandidate, dnHigh, 16);
    v128.store(dProduct, drLow);
    v128.store(dProduct, drHigh, 16);
    v128.store(dUpdateProduct, dzLow);
    v128.store(dUpdateProduct, dzHigh, 16);
    v128.store(dCandidateProduct, dqLow);
    v128.store(dCandidateProduct, dqHigh, 16);
    v128.store(dBefore, dBeforeLow);
    v128.store(dBefore, dBeforeHigh, 16);
    dOut += bytes(TURN);
    dH += bytes(TURN);
    gates += bytes(TURN);
    q += bytes(TURN);
    hBefore += bytes(TURN);
    dGates += bytes(TURN);
    dProduct += bytes(TURN);
    dBefore += bytes(TURN);
  }
  const zero = f32x4.splat(0);
  for (; left > 0; left -= LANES) {
    const dh = f32x4.add(loadLanes(dOut, left, zero), loadLanes(dH, left, zero));
    const r = loadLanes(gates, left, zero);
    const z = loadLanes(gates + gate, left, zero);
    const n = loadLanes(gates + 2 * gate, left, zero);
    const dz = throughSigmoid(f32x4.mul(dh, f32x4.sub(loadLanes(hBefore, left, zero), n)), z);
    const dn = throughTanh(f32x4.mul(dh, f32x4.sub(one, z)), n);
    const dr = throughSigmoid(f32x4.mul(dn, loadLanes(q, left, zero)), r);
    storeLanes(dGates, left, dr);
    storeLanes(dGates + gate, left, dz);
    storeLanes(dGates + 2 * gate, left, dn);
    storeLanes(dProduct, left, dr);
    storeLanes(dProduct + gate, left, dz);
    storeLanes(dProduct + 2 * gate, left, f32x4.mul(dn, r));
    storeLanes(dBefore, left, f32x4.mul(dh, z));
    dOut += bytes(LANES);
    dH += bytes(LANES);
    gates += bytes(LANES);
    q += bytes(LANES);
    hBefore += bytes(LANES);
    dGates += bytes(LANES);
    dProduct += bytes(LANES);
    dBefore += bytes(LANES);
  }
}
