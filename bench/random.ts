/** A generator of numbers uniform in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` numbers uniform in [low, high). */
export function uniform(length: number, low: number, high: number, draw: () => number): Float32Array {
  return Float32Array.from({ length }, () => low + (high - low) * draw());
}
