import { packed } from "#kernels/packed";
import { platform } from "#platform";

/** A copy of the WebAssembly module of a build, unpacked at each call. `scripts/pack-kernels.ts` says how it is packed. */
export function binaryOf(build: "strict" | "relaxed"): Uint8Array<ArrayBuffer> {
  const { strict, patch, relaxed, text } = packed();
  const bytes = platform.inflate(text, strict + patch);
  return build === "strict" ? bytes.slice(0, strict) : patched(bytes, strict, relaxed);
}

/** The `length` bytes that the patch at `next` makes of those before it. */
function patched(bytes: Uint8Array, next: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let [source, end] = [0, 0];
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (from: number, count: number): number => {
    out.set(bytes.subarray(from, from + count), end);
    end += count;
    return from + count;
  };
  while (end < length) {
    const added = number();
    next = take(next, added);
    const distance = number();
    source += distance & 1 ? -(distance >> 1) : distance >> 1;
    const copied = number();
    source = take(source, copied);
  }
  return out;
}
