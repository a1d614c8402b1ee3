import type { Description } from "../description.ts";
import type { PortRange } from "../ranges.ts";
import { type Side, arraysOf, numbersOf, record, sideOf } from "./sides.ts";
import { literal } from "./text.ts";

/** The text of a module that all hosts share, from its views of memory on. `value` reads a global, of which it is the suffix. */
export function predicting(description: Description, value: string): readonly string[] {
  const { runs, keepsState } = description;
  const inputs = sideOf("input", description.inputs, description);
  const outputs = sideOf("output", description.outputs, description);
  const isOne = runs.length === 1;
  const calls = runs.map(({ name }) => `wasm.${name}`).join(", ");
  return [
    views(inputs, value),
    views(outputs, value),
    ...(isOne ? [] : [`const runs = [${calls}]; // of ${runs.map(({ batch }) => batch).join(", ")} rows`]),
    "",
    "/** Shapes of what `predict` takes and returns. */",
    `export const shapes = { input: ${shapes(inputs)}, output: ${shapes(outputs)} };`,
    "",
    "/**",
    ` * @param {${arraysOf(inputs)}} input ${numbersOf(inputs)}`,
    ` * @returns {${arraysOf(outputs)}} ${numbersOf(outputs)}, in memory of its own`,
    " */",
    "export function predict(input) {",
    ...inputs.ports.map(({ what, given, view, lengths }, at) => {
      const chosen = isOne || at === 0 ? literal(lengths) : `[${literal(lengths)}[i]]`;
      return `  ${isOne || at > 0 ? "" : "const i = "}write(${literal(what)}, ${given}, ${view}, ${chosen});`;
    }),
    ...inputs.ports.flatMap(({ what, given, ranges = [] }) =>
      ranges.map((range) => `  requireRange(${literal(what)}, ${given}, ${rangeText(range)});`),
    ),
    isOne ? `  ${calls}();` : "  runs[i]();",
    `  return ${record(outputs, ({ view, lengths }) => `${view}.slice(${isOne ? "" : `0, ${literal(lengths)}[i]`})`)};`,
    "}",
    ...(keepsState ? RESET : []),
    ...WRITE,
    ...(inputs.ports.some(({ ranges }) => ranges) ? REQUIRE_RANGE : []),
  ];
}

function views(side: Side, value: string): string {
  const name = `const ${side.kind}Numbers`;
  const made = record(
    side,
    ({ array, global, lengths }) => `new ${array}(wasm.memory.buffer, ${global}${value}, ${Math.max(...lengths)})`,
  );
  return `${name} = ${made};`;
}

/** `{ low: 0, high: 99 }` */
function rangeText(range: PortRange): string {
  const entries = Object.entries(range).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `{ ${entries.join(", ")} }`;
}

function shapes(side: Side): string {
  return record(side, ({ shape }) => literal(shape));
}

const RESET = `
/** Sets the state that a run leaves to the next one to 0. */
export function reset() {
  wasm.reset();
}`.split("\n");

const WRITE = `
/**
 * Copies numbers to where the model reads them.
 * @param {string} what
 * @param {Float32Array | Int32Array} numbers
 * @param {Float32Array | Int32Array} view
 * @param {number[]} lengths
 * @returns {number} which of the lengths it was
 */
function write(what, numbers, view, lengths) {
  const kind = kindOf(numbers);
  if (kind !== kindOf(view)) throw new TypeError(\`predict: \${what} must be of type \${kindOf(view)}; got \${kind}\`);
  const i = lengths.indexOf(numbers.length);
  if (i < 0) {
    const count = \`\${lengths.join(" or ")} \${String(lengths) === "1" ? "number" : "numbers"}\`;
    throw new RangeError(\`predict: \${what} must have \${count}; got \${numbers.length}\`);
  }
  view.set(numbers);
  return i;
}

/** @param {unknown} value */
function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}`.split("\n");

const REQUIRE_RANGE = `
/**
 * Throws where an integer is out of its range, which the file does not check.
 * @param {string} what
 * @param {Float32Array | Int32Array} numbers
 * @param {{ low: number, high: number, except?: number, columns?: number[], of?: number }} range
 */
function requireRange(what, numbers, { low, high, except, columns = [0], of = 1 }) {
  for (const column of columns) {
    for (let i = column; i < numbers.length; i += of) {
      const value = Math.trunc(numbers[i]);
      if ((value >= low && value <= high) || value === except) continue;
      throw new RangeError(\`predict: \${what} must be from \${low} to \${high}; got \${numbers[i]} at index \${i}\`);
    }
  }
}`.split("\n");
