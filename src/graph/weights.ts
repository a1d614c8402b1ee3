/** Formats in which operations hold weights: 4 bytes each, 1 with a scale for each output channel, 2 with 8 or 11 bits of precision. */
export type WeightFormat = "float32" | "int8" | "bf16" | "f16";

export const WEIGHT_FORMATS: readonly WeightFormat[] = ["float32", "int8", "bf16", "f16"];

/** How the operations of a trace hold weights. */
export interface Weights {
  readonly format: WeightFormat;
  /** Labels of the layers, as `paths` of a module gives them, whose weights stay float32. */
  readonly kept: ReadonlySet<string>;
  /** Whether weights stay as they are for many runs, so that it pays to lay them out anew for products of a few rows. */
  readonly steady: boolean;
}

/** Weights as they are. */
export const FLOAT32: Weights = { format: "float32", kept: new Set(), steady: false };

/** The same, for many runs. */
export const STEADY: Weights = { ...FLOAT32, steady: true };
