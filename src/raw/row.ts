import type { Tensor } from "../base/tensor.ts";

/** What a cell of a table holds: null and undefined are missing values; an image is float32 [channels, height, width] in [0, 1]. */
export type Cell = string | number | bigint | boolean | Date | null | undefined | Tensor<"float32">;

/** A row of a table: cells by the names of columns. */
export type Row = Readonly<Record<string, Cell>>;
