import { packed } from "#kernels/packed";
import { platform } from "#platform";

/** A copy of the WebAssembly module of a build, unpacked at each call. `scripts/pack-kernels.ts` says how it is packed. */
export function binaryOf(build: "strict" | "relaxed"): Uint8Array<ArrayBuffer> {
  const { strict, patch, relaxed, text } = packed();
  const bytes = platform.inflate(text, relaxed + patch);
  return build === "relaxed" ? bytes.slice(0, relaxed) : patched(bytes, relaxed, strict);
}

/** The `length` bytes that the patch at `next` makes of those before it. */
function patched(bytes: Uint8Array, next: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let source = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  for (let end = 0; end < length;) {
    const added = number();
    out.set(bytes.subarray(next, next + added), end);
    next += added;
    end += added;
    const distance = number();
    source += distance & 1 ? -(distance >> 1) : distance >> 1;
    const copied = number();
    out.set(bytes.subarray(source, source + copied), end);
    source += copied;
    end += copied;
  }
  return out;
}
