/** Transforms for `data.augment`. */
export {
  type FlipOptions,
  horizontalFlip,
  rotation,
  shift,
  type ShiftOptions,
  verticalFlip,
  zoom,
} from "./geometric.ts";
export { mixup, type MixupOptions, swapNoise, type SwapNoiseOptions } from "./pair-transforms.ts";
export { erasing, type ErasingOptions, masking, type MaskingOptions, noise } from "./sample-transforms.ts";
export type { Between, Geometric, PairTransform, SampleTransform, Transform } from "./transform.ts";
