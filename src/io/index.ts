/** Files: models, tensors of other programs, checkpoints. The entry `lanegrad/io`. */
export type { BlobLike, FileLike } from "../files/source.ts";
export * from "./safetensors.ts";
