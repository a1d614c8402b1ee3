/** Initial values, with PyTorch's names and formulas: each function fills a parameter and returns it. */
export * from "./init.ts";
