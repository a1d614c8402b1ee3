/** Sizes of layers as types, so that `sequential` can check adjoining layers at compile time. */

/** Features of the last axis; "same" if the output has those of the input. The type `number` is not checked. */
export type Size = number | "same";

/** The property with the sizes of a layer; it exists only for the compiler. */
export declare const SIZES: unique symbol;

/** A layer with sizes of input and output. */
export interface Sized<In extends Size = Size, Out extends Size = Size> {
  readonly [SIZES]?: { readonly in: In; readonly out: Out };
}

/** The layers if each fits the one before; else a message instead of the first that does not fit. */
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

/** The input size of the first layer whose input size is not "same". */
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

/** The output size of the last layer whose output size is not "same". */
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
