import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

const PIECE = 8000; // bytes

/**
 * Both builds of the kernels as JSON: `text` is base64 of raw DEFLATE data, `lengths` are bytes of the strict and the
 * relaxed build. The two are cut into pieces of `piece` bytes that alternate, because DEFLATE finds repetitions
 * within 32 kB only, and a kernel has nearly the same position in both builds.
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
