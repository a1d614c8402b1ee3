import { throughSigmoid, throughTanh } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { madd, sigmoid4, tanh4 } from "../base/math";
import { LSTM_GATES } from "../contract/recurrent";

// A row of gates holds the input gate i, the forget gate f, the candidate g and the output gate o, `columns` each.
@inline
const GATES: usize = LSTM_GATES;

/** The argument of a gate's sigmoid or tanh. */
@inline
function sum(x: v128, h: v128, bias: v128): v128 {
  return f32x4.add(f32x4.add(x, h), bias);
}

/** f c + i g. */
@inline
function cell(i: v128, f: v128, g: v128, c: v128): v128 {
  return madd(f, c, f32x4.mul(i, g));
}

/**
 * One step of an LSTM, for each row: gates, given as x W_ih, become i, f, o = sigmoid and g = tanh of
 * gates + product + bias, with product as h W_hh; c = f cBefore + i g; h = o tanh(c).
 * gates and product are [rows, LSTM_GATES columns], bias is [LSTM_GATES columns], the rest [rows, columns]; shared over rows.
 */
export function lstmCell(
  gates: usize, product: usize, bias: usize, cBefore: usize, c: usize, h: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    lstmRow(gates + GATES * row, product + GATES * row, bias, cBefore + row, c + row, h + row, columns);
  }
}

function lstmRow(
  gates: usize, product: usize, bias: usize, cBefore: usize, c: usize, h: usize, columns: i32,
): void {
  const gate = bytes(columns);
  let left = columns;
  for (; left >= TURN; left -= TURN) {
    const fGate = gates + gate, gGate = fGate + gate, oGate = gGate + gate;
    const fProduct = product + gate, gProduct = fProduct + gate, oProduct = gProduct + gate;
    const fBias = bias + gate, gBias = fBias + gate, oBias = gBias + gate;
    const iLow = sigmoid4(sum(v128.load(gates), v128.load(product), v128.load(bias)));
    const iHigh = sigmoid4(sum(v128.load(gates, 16), v128.load(product, 16), v128.load(bias, 16)));
    const fLow = sigmoid4(sum(v128.load(fGate), v128.load(fProduct), v128.load(fBias)));
    const fHigh = sigmoid4(sum(v128.load(fGate, 16), v128.load(fProduct, 16), v128.load(fBias, 16)));
    const gLow = tanh4(sum(v128.load(gGate), v128.load(gProduct), v128.load(gBias)));
    const gHigh = tanh4(sum(v128.load(gGate, 16), v128.load(gProduct, 16), v128.load(gBias, 16)));
    const oLow = sigmoid4(sum(v128.load(oGate), v128.load(oProduct), v128.load(oBias)));
    const oHigh = sigmoid4(sum(v128.load(oGate, 16), v128.load(oProduct, 16), v128.load(oBias, 16)));
    const cLow = cell(iLow, fLow, gLow, v128.load(cBefore));
    const cHigh = cell(iHigh, fHigh, gHigh, v128.load(cBefore, 16));
    const hLow = f32x4.mul(oLow, tanh4(cLow));
    const hHigh = f32x4.mul(oHigh, tanh4(cHigh));
    v128.store(gates, iLow);
    v128.store(gates, iHigh, 16);
    v128.store(fGate, fLow);
    v128.store(fGate, fHigh, 16);
    v128.store(gGate, gLow);
    v128.store(gGate, gHigh, 16);
    v128.store(oGate, oLow);
    v128.store(oGate, oHigh, 16);
    v128.store(c, cLow);
    v128.store(c, cHigh, 16);
    v128.store(h, hLow);
    v128.store(h, hHigh, 16);
    gates += bytes(TURN);
    product += bytes(TURN);
    bias += bytes(TURN);
    cBefore += bytes(TURN);
    c += bytes(TURN);
    h += bytes(TURN);
  }
  for (; left > 0; left -= LANES) {
    const i = sigmoid4(sumLanes(gates, product, bias, left));
    const f = sigmoid4(sumLanes(gates + gate, product + gate, bias + gate, left));
    const g = tanh4(sumLanes(gates + 2 * gate, product + 2 * gate, bias + 2 * gate, left));
    const o = sigmoid4(sumLanes(gates + 3 * gate, product + 3 * gate, bias + 3 * gate, left));
    const cNow = cell(i, f, g, loadLanes(cBefore, left, f32x4.splat(0)));
    storeLanes(gates, left, i);
    storeLanes(gates + gate, left, f);
    storeLanes(gates + 2 * gate, left, g);
    storeLanes(gates + 3 * gate, left, o);
    storeLanes(c, left, cNow);
    storeLanes(h, left, f32x4.mul(o, tanh4(cNow)));
    gates += bytes(LANES);
    product += bytes(LANES);
    bias += bytes(LANES);
    cBefore += bytes(LANES);
    c += bytes(LANES);
    h += bytes(LANES);
  }
}

function sumLanes(x: usize, h: usize, bias: usize, count: i32): v128 {
  const zero = f32x4.splat(0);
  return sum(loadLanes(x, count, zero), loadLanes(h, count, zero), loadLanes(bias, count, zero));
}

/**
 * The gradients of one step of an LSTM, for each row, from the gates of `lstmCell`. dh = dOut + dH is the gradient
 * through both uses of h, dC that by c. dGates is the gradient by gates + product + bias;
 * dC becomes that by cBefore, in place.
 */
export function lstmCellGradient(
  dOut: usize, dH: usize, dC: usize, gates: usize, cBefore: usize, dGates: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    lstmRowGradient(dOut + row, dH + row, dC + row, gates + GATES * row, cBefore + row, dGates + GATES * row, columns);
  }
}

function lstmRowGradient(
  dOut: usize, dH: usize, dC: usize, gates: usize, cBefore: usize, dGates: usize, columns: i32,
): void {
  const gate = bytes(columns);
  let left = columns;
  for (; left >= TURN; left -= TURN) {
    const fGate = gates + gate, gGate = fGate + gate, oGate = gGate + gate;
    const dForget = dGates + gate, dCandidate = dForget + gate, dOutput = dCandidate + gate;
    const dhLow = f32x4.add(v128.load(dOut), v128.load(dH));
    const dhHigh = f32x4.add(v128.load(dOut, 16), v128.load(dH, 16));
    const iLow = v128.load(gates);
    const iHigh = v128.load(gates, 16);
    const fLow = v128.load(fGate);
    const fHigh = v128.load(fGate, 16);
    const gLow = v128.load(gGate);
    const gHigh = v128.load(gGate, 16);
    const oLow = v128.load(oGate);
    const oHigh = v128.load(oGate, 16);
    const beforeLow = v128.load(cBefore);
    const beforeHigh = v128.load(cBefore, 16);
    const tanhLow = tanh4(cell(iLow, fLow, gLow, beforeLow));
    const tanhHigh = tanh4(cell(iHigh, fHigh, gHigh, beforeHigh));
    const dcLow = f32x4.add(v128.load(dC), throughTanh(f32x4.mul(dhLow, oLow), tanhLow));
    const dcHigh = f32x4.add(v128.load(dC, 16), throughTanh(f32x4.mul(dhHigh, oHigh), tanhHigh));
    const diLow = throughSigmoid(f32x4.mul(dcLow, gLow), iLow);
    const diHigh = throughSigmoid(f32x4.mul(dcHigh, gHigh), iHigh);
    const dfLow = throughSigmoid(f32x4.mul(dcLow, beforeLow), fLow);
    const dfHigh = throughSigmoid(f32x4.mul(dcHigh, beforeHigh), fHigh);
    const dgLow = throughTanh(f32x4.mul(dcLow, iLow), gLow);
    const dgHigh = throughTanh(f32x4.mul(dcHigh, iHigh), gHigh);
    const doLow = throughSigmoid(f32x4.mul(dhLow, tanhLow), oLow);
    const doHigh = throughSigmoid(f32x4.mul(dhHigh, tanhHigh), oHigh);
    const dBeforeLow = f32x4.mul(dcLow, fLow);
    const dBeforeHigh = f32x4.mul(dcHigh, fHigh);
    v128.store(dGates, diLow);
    v128.store(dGates, diHigh, 16);
    v128.store(dForget, dfLow);
    v128.store(dForget, dfHigh, 16);
    v128.store(dCandidate, dgLow);
    v128.store(dCandidate, dgHigh, 16);
    v128.store(dOutput, doLow);
    v128.store(dOutput, doHigh, 16);
    v128.store(dC, dBeforeLow);
    v128.store(dC, dBeforeHigh, 16);
    dOut += bytes(TURN);
    dH += bytes(TURN);
    dC += bytes(TURN);
    gates += bytes(TURN);
    cBefore += bytes(TURN);
    dGates += bytes(TURN);
  }
  const zero = f32x4.splat(0);
  for (; left > 0; left -= LANES) {
    const dh = f32x4.add(loadLanes(dOut, left, zero), loadLanes(dH, left, zero));
    const i = loadLanes(gates, left, zero);
    const f = loadLanes(gates + gate, left, zero);
    const g = loadLanes(gates + 2 * gate, left, zero);
    const o = loadLanes(gates + 3 * gate, left, zero);
    const before = loadLanes(cBefore, left, zero);
    const tanh = tanh4(cell(i, f, g, before));
    const dc = f32x4.add(loadLanes(dC, left, zero), throughTanh(f32x4.mul(dh, o), tanh));
    storeLanes(dGates, left, throughSigmoid(f32x4.mul(dc, g), i));
    storeLanes(dGates + gate, left, throughSigmoid(f32x4.mul(dc, before), f));
    storeLanes(dGates + 2 * gate, left, throughTanh(f32x4.mul(dc, i), g));
    storeLanes(dGates + 3 * gate, left, throughSigmoid(f32x4.mul(dh, tanh), o));
    storeLanes(dC, left, f32x4.mul(dc, f));
    dOut += bytes(LANES);
    dH += bytes(LANES);
    dC += bytes(LANES);
    gates += bytes(LANES);
    cBefore += bytes(LANES);
    dGates += bytes(LANES);
  }
}
