/** What readers of lanegrad/data need of csv-parse. */
export { parse } from "csv-parse";
