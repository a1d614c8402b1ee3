/** Floats of 16 bits, against NumPy (F16) and PyTorch (BF16). */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../src/files/safetensors/half.ts";
import { bytesOf, expected } from "../io/fixtures.ts";

const kinds = [
  { name: "F16", from: fromFloat16, to: toFloat16, mostBits: 0x7bff },
  {
    name: "BF16",
    from: fromBfloat16,
    to: (bits: Uint32Array, _: Float32Array, out: Uint16Array) => toBfloat16(bits, out),
    mostBits: 0x7f7f,
  },
] as const;

describe.each(kinds)("$name", ({ name, from, to, mostBits }) => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);
  const floats = new Float32Array(all.length);
  const bits = new Uint32Array(floats.buffer);
  from(all, bits);

  test("every one becomes the float32 of NumPy and PyTorch", () => {
    const hashed = bits.map((word, i) => (Number.isNaN(floats[i]) ? 0x7fc00000 : word));
    const hash = createHash("sha256").update(new Uint8Array(hashed.buffer)).digest("hex");
    expect(hash).toBe(expected["sha256 of all as float32"][name]);
  });

  test("every one becomes itself again; NaN stays NaN", () => {
    const back = new Uint16Array(all.length);
    expect(to(bits, floats, back)).toBe(-1);
    const differing = [...all].filter((half) => back[half] !== half && !Number.isNaN(floats[half]));
    expect(differing).toEqual([]);
    const again = new Float32Array(all.length);
    from(back, new Uint32Array(again.buffer));
    expect([...all].filter((half) => Number.isNaN(floats[half]) !== Number.isNaN(again[half]))).toEqual([]);
  });

  test("float32 is rounded as NumPy and PyTorch round; a finite number that they make infinite is refused", () => {
    const given = new Float32Array(bytesOf(expected.rounding.floats).buffer);
    const rounded = new Uint16Array(bytesOf(expected.rounding[name]).buffer);
    let refused = 0;
    for (const [i, value] of given.entries()) {
      const one = Float32Array.of(value);
      const out = new Uint16Array(1);
      const misfit = to(new Uint32Array(one.buffer), one, out);
      const isInfinite = ((rounded[i] ?? 0) & 0x7fff) === mostBits + 1;
      const fits = !isInfinite || !Number.isFinite(value);
      expect([value, misfit]).toEqual([value, fits ? -1 : 0]);
      expect([value, out[0]]).toEqual([value, fits ? rounded[i] : 0]);
      if (!fits) refused++;
    }
    expect(refused).toBeGreaterThan(2);
    expect(refused).toBeLessThan(given.length / 3);
  });

  test("every NaN of float32 stays NaN of its sign", () => {
    for (const word of [0x7f800001, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffbfffff, 0xffffffff]) {
      const one = new Uint32Array([word]);
      const out = new Uint16Array(1);
      expect(to(one, new Float32Array(one.buffer), out)).toBe(-1);
      expect((out[0] ?? 0) & 0x7fff).toBeGreaterThan(mostBits + 1);
      expect((out[0] ?? 0) >> 15).toBe(word >>> 31);
    }
  });

  test("the index of the first number that does not fit", () => {
    const several = Float32Array.of(1, Infinity, NaN, -3.4e38, 3.4e38);
    const wide = Float32Array.of(1, Infinity, NaN, -3.4028235e38, 3.4e38);
    expect(to(new Uint32Array(several.buffer), several, new Uint16Array(5))).toBe(3);
    expect(to(new Uint32Array(wide.buffer), wide, new Uint16Array(5))).toBe(3);
  });
});
