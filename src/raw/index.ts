/** Raw data: readers of tables and images. The entry `lanegrad/data`. */
export type { BlobLike, FileLike } from "../files/source.ts";
export type { Cell, Row } from "./row.ts";
export type { ColumnType } from "./text/convert.ts";
export { type CsvOptions, readCsv, streamCsv } from "./text/csv.ts";
