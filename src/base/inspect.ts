/** The name of the method that `console.log` of Node calls for an object's text. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");
