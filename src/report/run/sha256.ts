import { type Sha256, platform } from "#platform";

/** A running SHA-256: the host's, or in browsers, which have none that answers at once, one in JavaScript. */
export function sha256(): Sha256 {
  return platform.files?.sha256() ?? new PlainSha256();
}

const BLOCK = 64; // bytes
const HIGH = 2 ** 29; // bytes whose count of bits needs a second word

const PRIMES = primes(64);
/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const CONSTANTS = Uint32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)));
/** The same of the square roots of the first 8. */
const INITIAL = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));

/** SHA-256 in JavaScript. Source: FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4 */
export class PlainSha256 implements Sha256 {
  readonly #state = INITIAL.slice();
  readonly #block = new Uint8Array(BLOCK);
  readonly #words = new Uint32Array(64);
  /** Bytes so far. */
  #length = 0;

  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      const at = this.#length % BLOCK;
      const part = bytes.subarray(start, start + BLOCK - at);
      this.#block.set(part, at);
      this.#length += part.length;
      start += part.length;
      if (at + part.length === BLOCK) this.#compress();
    }
  }

  digest(): string {
    const length = this.#length;
    const padding = new Uint8Array(((119 - (length % BLOCK)) % BLOCK) + 1 + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(length / HIGH));
    view.setUint32(padding.length - 4, (length % HIGH) * 8);
    this.update(padding);
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #compress(): void {
    const [state, words] = [this.#state, this.#words];
    const view = new DataView(this.#block.buffer);
    for (let t = 0; t < 16; t++) words[t] = view.getUint32(4 * t);
    for (let t = 16; t < 64; t++) {
      const [early, late] = [words[t - 15] ?? 0, words[t - 2] ?? 0];
      const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
      const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
      words[t] = (words[t - 16] ?? 0) + first + (words[t - 7] ?? 0) + second;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g);
      const first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + (CONSTANTS[t] ?? 0) + (words[t] ?? 0);
      const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = (state[i] ?? 0) + word));
  }
}

/** 32 bits, turned to the right. */
function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fractionOf(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32);
}

function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime > 0)) found.push(n);
  return found;
}
