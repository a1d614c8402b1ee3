/** Cases of ONNX's test data as JSON. */
import { Buffer } from "node:buffer";
import type { Files } from "./case.ts";

/** A case whose files are in base64. */
export interface EncodedCase {
  readonly name: string;
  readonly model: string;
  readonly sets: readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[];
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

export function encodeCase(name: string, { model, sets }: Files): EncodedCase {
  return {
    name,
    model: encode(model),
    sets: sets.map(({ inputs, outputs }) => ({ inputs: inputs.map(encode), outputs: outputs.map(encode) })),
  };
}

export function decodeCase({ model, sets }: EncodedCase): Files {
  return {
    model: decode(model),
    sets: sets.map(({ inputs, outputs }) => ({ inputs: inputs.map(decode), outputs: outputs.map(decode) })),
  };
}
