import { packed } from "#kernels/packed";
import { platform } from "#platform";

/** A copy of the WebAssembly module of a build, unpacked at each call. `scripts/pack-kernels.ts` packs both builds. */
export function binaryOf(build: "strict" | "relaxed"): Uint8Array<ArrayBuffer> {
  const { lengths, piece, text } = packed();
  const wanted = build === "strict" ? 0 : 1;
  const all = platform.inflate(text, lengths[0] + lengths[1]);
  const bytes = new Uint8Array(lengths[wanted]);
  let from = 0;
  for (let start = 0; from < all.length; start += piece) {
    for (const [index, length] of lengths.entries()) {
      const end = from + Math.max(0, Math.min(piece, length - start));
      if (index === wanted && start < length) bytes.set(all.subarray(from, end), start);
      from = end;
    }
  }
  return bytes;
}
