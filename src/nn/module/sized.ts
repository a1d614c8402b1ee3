/** Sizes of layers as types, so that `sequential` can check adjoining layers at compile time. */

/** Features of the last axis; "same" where a layer passes on what it gets. A number that is no literal goes unchecked. */
export type Size = number | "same";

/** The property that holds sizes of a layer; it exists for the compiler alone. */
export declare const SIZES: unique symbol;

/** What a layer takes and gives. */
export interface Sized<In extends Size = Size, Out extends Size = Size> {
  readonly [SIZES]?: { readonly in: In; readonly out: Out };
}

/** The layers as they are where each fits the one before; a sentence in place of the first that does not. */
export type Fitting<Layers extends readonly unknown[], Before extends Size = number> = Layers extends readonly [
  infer Layer extends Sized,
  ...infer Rest,
]
  ? InOf<Layer> extends "same"
    ? [Layer, ...Fitting<Rest, Before>]
    : number extends Before | InOf<Layer>
      ? [Layer, ...Fitting<Rest, OutOf<Layer>>]
      : [Before] extends [InOf<Layer>]
        ? [Layer, ...Fitting<Rest, OutOf<Layer>>]
        : [`expects ${InOf<Layer>} features, but the layer before gives ${Before}`, ...Rest]
  : Layers;

/** What the first layer that is particular about it takes. */
export type FirstIn<Layers extends readonly unknown[]> = Layers extends readonly [
  infer Layer extends Sized,
  ...infer Rest,
]
  ? InOf<Layer> extends "same"
    ? FirstIn<Rest>
    : InOf<Layer>
  : Layers extends readonly []
    ? "same"
    : number;

/** What the last layer that changes it gives. */
export type LastOut<Layers extends readonly unknown[]> = Layers extends readonly [
  ...infer Rest,
  infer Layer extends Sized,
]
  ? OutOf<Layer> extends "same"
    ? LastOut<Rest>
    : OutOf<Layer>
  : Layers extends readonly []
    ? "same"
    : number;

type InOf<Layer extends Sized> = Size extends NonNullable<Layer[typeof SIZES]>["in"]
  ? number
  : NonNullable<Layer[typeof SIZES]>["in"];
type OutOf<Layer extends Sized> = Size extends NonNullable<Layer[typeof SIZES]>["out"]
  ? number
  : NonNullable<Layer[typeof SIZES]>["out"];
