/** The name of the method by which an object says how `console.log` prints it in Node. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");
