/** Files: models, tensors of other programs, checkpoints. The entry `lanegrad/io`. */
export type { BlobLike, FileLike } from "../files/source.ts";
export * from "./safetensors.ts";
export { toNpy } from "./numpy/encode.ts";
export { readNpy, writeNpy } from "./numpy/npy.ts";
export { type ReadNpzOptions, readNpz, toNpz, writeNpz } from "./numpy/npz.ts";
export { type Rename, renameKeys } from "./rename.ts";
export { type ReadTorchOptions, readTorch } from "./torch/read-torch.ts";
export { type LoadOptions, load } from "./load.ts";
export { type SaveOptions, save, toBytes } from "./save.ts";
