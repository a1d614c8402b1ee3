// Constants and memory layouts that kernels and TypeScript share.
// The files of this folder are AssemblyScript and TypeScript at once: constants,
// functions of whole numbers without division, and structs of fields of four bytes. scripts/contract.ts makes
// build/kernels/contract.js of them, in which a struct is the index of each of its fields.

export * from "./barrier";
export * from "./convolution";
export * from "./dropout";
export * from "./embedding";
export * from "./half";
export * from "./matmul";
export * from "./normalization";
export * from "./optimizer";
export * from "./pooling";
export * from "./random";
export * from "./recurrent";
export * from "./sums";
export * from "./workers";
