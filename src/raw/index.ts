/** Raw data: readers of tables and images. The entry `lanegrad/data`. */
export type { BlobLike, FileLike } from "../files/source.ts";
export type { Cell, Row } from "./row.ts";
export { type IdxOptions, readIdx } from "./idx.ts";
export { ImageDataset, type ImageDatasetOptions, imageDataset } from "./images/dataset.ts";
export { type ImageOptions, decodeImage } from "./images/decode.ts";
export type { Channels } from "./images/pixels.ts";
export { type ImageRow, readImages, streamImages } from "./images/read.ts";
export { type Decompress, type ParquetOptions, readParquet, streamParquet } from "./parquet.ts";
export { type ColumnBatch, type ColumnValues, rowsOf } from "./rows-of.ts";
export type { ColumnType } from "./text/convert.ts";
export { type CsvOptions, readCsv, streamCsv } from "./text/csv.ts";
export { readJsonLines, streamJsonLines } from "./text/json-lines.ts";
export * from "./schema/index.ts";
