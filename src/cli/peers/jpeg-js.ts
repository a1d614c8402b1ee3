/** What readers of lanegrad/data need of jpeg-js. */
export { decode } from "jpeg-js";
