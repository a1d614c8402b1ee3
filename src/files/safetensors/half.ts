/** Floats of 16 bits: binary16 of IEEE 754 (F16), and the upper half of a float32 (BF16). */

const SIGN = 0x8000_0000;
const INFINITY_BITS = 0x7f80_0000;
const SMALLEST_NORMAL_F16 = 2 ** -14;
const STEP_F16 = 2 ** -24; // the smallest number above 0

let float16Bits: Uint32Array | undefined;

/** The bits of the float32 for each F16: 256 KiB, made at first use. */
function bitsByFloat16(): Uint32Array {
  if (float16Bits) return float16Bits;
  const floats = new Float32Array(2 ** 16);
  const bits = new Uint32Array(floats.buffer);
  for (let half = 0; half < 2 ** 15; half++) {
    const exponent = half >> 10;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[half] = fraction * STEP_F16;
    else bits[half] = exponent === 31 ? INFINITY_BITS | (fraction << 13) : ((exponent + 112) << 23) | (fraction << 13);
    bits[half | 0x8000] = (bits[half] ?? 0) | SIGN;
  }
  return (float16Bits = bits);
}

/** Writes the bits of float32 of F16: exact, with the bits of NaN. */
export function fromFloat16(halves: Uint16Array, out: Uint32Array): void {
  const bits = bitsByFloat16();
  for (let i = 0; i < halves.length; i++) out[i] = bits[halves[i] ?? 0] ?? 0;
}

/** Writes the bits of float32 of BF16: exact, with the bits of NaN. */
export function fromBfloat16(halves: Uint16Array, out: Uint32Array): void {
  for (let i = 0; i < halves.length; i++) out[i] = (halves[i] ?? 0) << 16;
}

/**
 * Writes float32 numbers as F16, rounded to the nearest, to even in the middle; NaN stays NaN.
 * @returns the index of the first finite number that would be infinite; -1 without one
 */
export function toFloat16(bits: Uint32Array, floats: Float32Array, out: Uint16Array): number {
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] ?? 0;
    const magnitude = word & 0x7fff_ffff;
    let half = 0;
    if (magnitude >= INFINITY_BITS) {
      half = magnitude === INFINITY_BITS ? 0x7c00 : 0x7e00 | ((magnitude >> 13) & 0x3ff);
    } else {
      const size = Math.abs(floats[i] ?? 0);
      half = size < SMALLEST_NORMAL_F16 ? toEven(size / STEP_F16) : roundedUpperBits(magnitude - (112 << 23), 13);
      if (half >= 0x7c00) return i;
    }
    out[i] = half | ((word >>> 16) & 0x8000);
  }
  return -1;
}

/**
 * Writes float32 numbers as BF16, rounded to the nearest, to even in the middle; NaN stays NaN.
 * @returns the index of the first finite number that would be infinite; -1 without one
 */
export function toBfloat16(bits: Uint32Array, out: Uint16Array): number {
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] ?? 0;
    const magnitude = word & 0x7fff_ffff;
    let half = 0;
    if (magnitude > INFINITY_BITS) half = 0x7fc0 | (magnitude >> 16);
    else {
      half = roundedUpperBits(magnitude, 16);
      if (half === 0x7f80 && magnitude !== INFINITY_BITS) return i;
    }
    out[i] = half | ((word >>> 16) & 0x8000);
  }
  return -1;
}

/** Bits without the lowest `shift`, rounded to the nearest, to even in the middle. */
function roundedUpperBits(bits: number, shift: number): number {
  const isOdd = (bits >> shift) & 1;
  return (bits + (1 << (shift - 1)) - 1 + isOdd) >> shift;
}

/** A number below 2^52 rounded to the nearest whole one, to even in the middle. */
function toEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}
