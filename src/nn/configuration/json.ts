/** JSON in which models are saved, and its limits: what is beyond them is neither saved nor loaded. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Names with a meaning of their own; an object of options that has one is saved as `{ object: options }`. */
export const RESERVED = ["layer", "class", "same", "number", "object"];

/** Layers nested in each other, with arrays and objects. */
export const MOST_LEVELS = 200;

/** Arguments of one layer: a call of more may overflow the stack. */
export const MOST_ARGUMENTS = 2 ** 14;

/** Layers, where one that occurs several times counts several times. */
export const MOST_LAYERS = 100_000;
