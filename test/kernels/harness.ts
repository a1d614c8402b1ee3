import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { instantiateSync } from "@assemblyscript/loader";
import type { instantiate } from "#kernels/strict";

export type Kernels = Awaited<ReturnType<typeof instantiate>>;
export type Build = "strict" | "relaxed";

// V8's flags for the tests of kernels, as `--experimental-wasm-revectorize --wasm-tiering-budget=1`: pairing, and
// optimized after a call or two rather than after many.
for (const flag of (process.env["LANEGRAD_V8_FLAGS"] ?? "").split(" ").filter(Boolean)) setFlagsFromString(flag);

const GUARD = 64; // bytes before and after every region
const GUARD_BYTE = 0xa5;

/** Lengths around the widths that kernels work in: 0 to 67, and some beyond. */
export const LENGTHS: readonly number[] = [...Array(68).keys(), 127, 128, 129, 1000, 1023];

/** Every way a kernel's work is shared in the tests. */
export const PARTS: readonly number[] = [1, 2, 3, 4];

/** The builds this engine can compile: relaxed SIMD needs Node 22, or a flag on Node 20. */
export const BUILDS: readonly Build[] = (["strict", "relaxed"] as const).filter((build) =>
  WebAssembly.validate(bytesOf(build)),
);

function bytesOf(build: Build): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(`build/kernels/${build}.wasm`));
}

/** Kernels on a memory of their own, whose regions stand between guard bytes. */
export class Sandbox {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly #regions: { start: number; end: number }[] = [];
  #top = 65_536;

  /** @param pages of 65,536 bytes; those that nothing touches cost nothing */
  constructor(build: Build, pages = 1024) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
    const { exports } = instantiateSync(bytesOf(build), { env: { memory: this.memory } });
    this.kernels = exports as unknown as Kernels;
  }

  /** The address of `values`, copied into memory. */
  floats(values: ArrayLike<number>): number {
    const address = this.#region(values.length * 4);
    new Float32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  /** The address of `values` as 32-bit integers, copied into memory. */
  integers(values: ArrayLike<number>): number {
    const address = this.#region(values.length * 4);
    new Int32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  /** The address of `values` as 16-bit integers, copied into memory. */
  halves(values: ArrayLike<number>): number {
    const address = this.#region(values.length * 2);
    new Uint16Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  /** The address of `length` floats that are NaN: what a kernel does not write is seen, and what it should not read too. */
  empty(length: number): number {
    return this.floats(new Float32Array(length).fill(NaN));
  }

  read(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length).slice();
  }

  readIntegers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length).slice();
  }

  readHalves(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length).slice();
  }

  /** Runs `kernel` once for each share of the work, as that many workers would. */
  inParts(parts: number, kernel: (part: number, parts: number) => void): void {
    for (let part = 0; part < parts; part++) kernel(part, parts);
  }

  /** Throws where a byte outside the regions was written. */
  checkGuards(): void {
    const memory = new Uint8Array(this.memory.buffer);
    for (const { start, end } of this.#regions) {
      for (let i = 1; i <= GUARD; i++) {
        if (memory[start - i] !== GUARD_BYTE)
          throw new Error(`guard: byte ${-i} before the region at ${start} was written`);
        if (memory[end + i - 1] !== GUARD_BYTE)
          throw new Error(`guard: byte ${i - 1} after the region at ${start} was written`);
      }
    }
  }

  /** Forgets all regions, so that a long table of cases stays in one memory. */
  reset(): void {
    this.#regions.length = 0;
    this.#top = 65_536;
  }

  /** Regions start 4 bytes past a line: kernels must not count on alignment beyond one float. */
  #region(size: number): number {
    const start = Math.ceil((this.#top + GUARD) / 64) * 64 + 4;
    const end = start + size;
    if (end + GUARD > this.memory.buffer.byteLength) throw new Error(`sandbox: ${end + GUARD} bytes do not fit`);
    const memory = new Uint8Array(this.memory.buffer);
    memory.fill(GUARD_BYTE, start - GUARD, start);
    memory.fill(GUARD_BYTE, end, end + GUARD);
    this.#regions.push({ start, end });
    this.#top = end + GUARD;
    return start;
  }
}

/** Seeded uniform numbers in [-scale, scale): mulberry32. */
export function randomFloats(length: number, seed: number, scale = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let h = Math.imul(state ^ (state >>> 15), state | 1);
    h ^= h + Math.imul(h ^ (h >>> 7), h | 61);
    return (((h ^ (h >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  });
}
