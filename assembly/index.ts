export * from "./activation";
export * from "./arithmetic";
export * from "./loss";
export * from "./matmul";
export * from "./matmul-reference";
export * from "./optimizer";
export * from "./random";
export * from "./softmax";
