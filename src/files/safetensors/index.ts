/** The safetensors format, version 0.x: https://github.com/huggingface/safetensors */
export * from "./encode.ts";
export * from "./header.ts";
export * from "./read.ts";
