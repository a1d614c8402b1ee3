import { type Dtype, sizeOf } from "../../base/tensor.ts";
import { type Description, type Port, globalOf } from "../description.ts";
import { key, property, typeKey } from "./text.ts";

/** All inputs or all outputs of a file, as they are named in a module. */
export interface Side {
  readonly kind: "input" | "output";
  readonly ports: readonly PlacedPort[];
  /** Whether `predict` takes or returns one array rather than arrays by name. */
  readonly isOne: boolean;
}

/** An input or output with the expressions that stand for it. */
export interface PlacedPort extends Port {
  /** How errors call it. */
  readonly what: string;
  /** The argument or its property. */
  readonly given: string;
  /** The view of memory where its numbers are. */
  readonly view: string;
  /** The exported global with its address. */
  readonly global: string;
  readonly array: (typeof ARRAYS)[Dtype];
  /** How many numbers it has in each run. */
  readonly lengths: readonly number[];
}

const ARRAYS = { float32: "Float32Array", int32: "Int32Array" } as const;

export function sideOf(kind: Side["kind"], ports: readonly Port[], { runs }: Pick<Description, "runs">): Side {
  const isOne = ports.length === 1;
  const placed = ports.map((port): PlacedPort => {
    const { name, shape, dtype } = port;
    const rowSize = sizeOf(shape.slice(1));
    return {
      ...port,
      what: isOne ? `the ${kind}` : name,
      given: isOne ? kind : property(`${kind}?.`, name),
      view: isOne ? `${kind}Numbers` : property(`${kind}Numbers`, name),
      global: property("wasm", globalOf(kind, name)),
      array: ARRAYS[dtype],
      lengths: runs.length === 1 ? [sizeOf(shape)] : runs.map(({ batch }) => batch * rowSize),
    };
  });
  return { kind, ports: placed, isOne };
}

/** The text of an object of several inputs or outputs by name, or of the only one; `of` gives the text of each. */
export function record({ ports, isOne }: Side, of: (port: PlacedPort) => string): string {
  if (isOne) return ports.map(of).join("");
  return `{ ${ports.map((port) => `${key(port.name)}: ${of(port)}`).join(", ")} }`;
}

/** The type of what `record` gives; `of` gives the type of each. */
export function recordType({ ports, isOne }: Side, of: (port: PlacedPort) => string): string {
  if (isOne) return ports.map(of).join("");
  return `{ ${ports.map((port) => `${typeKey(port.name)}: ${of(port)}`).join("; ")} }`;
}

/** The type of what `predict` takes or returns. */
export function arraysOf(side: Side): string {
  return recordType(side, ({ array }) => array);
}

/** `784 or 25088 numbers`, for a comment. */
export function numbersOf({ ports, isOne }: Side): string {
  const counts = ports.map(({ name, lengths }) => {
    const unit = String(lengths) === "1" ? "number" : "numbers";
    return `${isOne ? "" : `${name}: `}${lengths.join(" or ")} ${unit}`;
  });
  return counts.join(", ").replaceAll(/[*\n\r\u2028\u2029]/g, " ");
}
