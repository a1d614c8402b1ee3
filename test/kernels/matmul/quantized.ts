/** Numbers in few bits, in TypeScript: the oracle of the int8 kernels. */

const { fround } = Math;

/** Half to even, as kernels round. */
function rounded(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** x is about scale (whole - zero). */
export interface Quantized {
  readonly scale: number;
  readonly zero: number;
  readonly whole: readonly number[];
}

/** A row of activations in 7 bits, in float32. */
export function quantizedRow(row: readonly number[]): Quantized {
  const scale = fround(fround(Math.max(0, ...row) / 127) - fround(Math.min(0, ...row) / 127));
  const inverse = fround(1 / scale);
  if (!row.every(Number.isFinite)) return { scale: NaN, zero: 0, whole: row.map(() => 0) };
  if (!(inverse > 0 && inverse < Infinity)) return { scale: 0, zero: 0, whole: row.map(() => 0) };
  const zero = rounded(fround(-Math.min(0, ...row) * inverse));
  const whole = row.map((x) => Math.min(127, Math.max(0, rounded(fround(x * inverse) + zero))));
  return { scale, zero, whole };
}

/** A channel of weights in 8 bits, in float32. */
export function quantizedChannel(channel: readonly number[]): Quantized {
  const scale = fround(Math.max(0, ...channel.map(Math.abs)) / 127);
  if (!channel.every(Number.isFinite)) return { scale: NaN, zero: 0, whole: channel.map(() => 0) };
  const whole = channel.map((w) => (scale > 0 ? Math.min(127, Math.max(-127, rounded(fround(w / scale)))) : 0));
  return { scale, zero: 0, whole };
}
