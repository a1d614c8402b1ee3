/** The kinds of columns: `column.number()`, `column.category()` and so on. */
export { boolean, type BooleanOptions } from "./boolean.ts";
export { category, type HashedOptions, type IndexOptions, type OneHotOptions } from "./category.ts";
export { date, type DateOptions, type DatePart } from "./date.ts";
export { image, type ImageOptions } from "./image.ts";
export { number, type NumberOptions } from "./number.ts";
export type { Scale } from "./scale.ts";
export { type BagOptions, type HashedTextOptions, type TextOptions, type TokenOptions, text } from "./text.ts";
export type { WordOptions } from "./words.ts";
