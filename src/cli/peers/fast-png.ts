/** What readers of lanegrad/data need of fast-png. */
export { convertIndexedToRgb, decode } from "fast-png";
