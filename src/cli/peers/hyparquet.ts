/** What readers of lanegrad/data need of hyparquet. */
export { parquetMetadataAsync, parquetRead, parquetSchema, snappyUncompress } from "hyparquet/src/index.js";
