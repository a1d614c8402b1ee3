/** Files: models, tensors of other programs, checkpoints. The entry `lanegrad/io`. */
export type { ByteSource } from "../files/source.ts";
