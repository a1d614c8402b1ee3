/** What `writeWasm` writes beside a .wasm file, until npx tsx examples/serving/digits.ts has written it. */
declare module "*.node.mjs" {
  export function predict(input: Float32Array): Float32Array;
}
declare module "*.workerd.js" {
  export function predict(input: Float32Array): Float32Array;
}
declare module "*.browser.js" {
  export function predict(input: Float32Array): Float32Array;
}
declare module "*.inline.js" {
  export function predict(input: Float32Array): Float32Array;
}
