import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

const PIECE = 8000; // bytes

/**
 * Both builds of the kernels as JSON: `text` is base64 of raw DEFLATE data, `lengths` are bytes of the strict and the
 * relaxed build. The two are cut into pieces of `piece` bytes that lie in turn, because DEFLATE finds what is the same
 * within 32 kB only, and a kernel stands at nearly the same place in both.
 */
export function packKernels(): string {
  const modules = ["strict", "relaxed"].map((build) => readFileSync(`build/kernels/${build}.wasm`));
  const lengths = modules.map(({ length }) => length);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < Math.max(...lengths); start += PIECE) {
    pieces.push(...modules.map((bytes) => bytes.subarray(start, start + PIECE)));
  }
  const text = deflateRawSync(Buffer.concat(pieces), { level: 9 }).toString("base64");
  return JSON.stringify({ lengths, piece: PIECE, text });
}
