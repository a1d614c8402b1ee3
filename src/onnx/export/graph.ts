import { type Dtype, type Shape, printShape } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { Variable } from "../../memory/variable.ts";
import { unshaped } from "../../ops/shape/view.ts";
import { DATA } from "../model.ts";
import { inputOf } from "./attributes.ts";

/** A tensor of the graph; names are chosen when the graph is complete. */
export class Value {
  /**
   * @param hint its role in the node that reads it: `axes`
   * @param stateName its name in the state of the model; undefined for others
   */
  constructor(
    readonly hint = "",
    readonly stateName?: string,
  ) {}
}

/** A number that ONNX stores as a float; other numbers are integers. */
export class Float {
  constructor(readonly value: number) {}
}

export type NodeAttribute = number | Float | string | readonly number[] | readonly string[] | Numbers;

/** A node of the graph. */
export interface Node {
  readonly type: string;
  /** Null for an optional input that is not given. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
  /** The layer that it is a part of, as operands have it. */
  readonly layer: string;
}

/** The numbers of an initializer. */
export interface Numbers {
  readonly dtype: "float32" | "int32" | "int64";
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** How ONNX numbers the types of elements. */
export const TYPES = { float32: DATA.FLOAT, int32: DATA.INT32, int64: DATA.INT64 } as const;

/** The end of an axis in `Slice`, whatever its extent. */
export const TO_THE_END = 2 ** 63;

/** What one layer of a recurrent network in one direction gives. */
export interface RecurrentValues {
  /** h of all steps, [steps, batch, hidden]. */
  readonly output: Value;
  /** The last h, and the last c of an LSTM, [1, batch, hidden]. */
  readonly h: Value;
  readonly c: Value | undefined;
  /** Whether h is 0 in padding. */
  readonly isCleared: boolean;
}

/** The nodes and initializers of ONNX that a trace becomes. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<Value, Numbers>();
  /** The values that no node gives, because the operation of their operand has no form in ONNX. */
  readonly unknown = new Map<Value, Operand>();
  /** Given to nodes that are made. */
  layer = "";
  /** By the operand that holds all states of such a layer. */
  readonly recurrent = new Map<Operand, RecurrentValues>();
  /** The values of operands, in their own shape or another, by the operand that views lead to. */
  readonly #forms = new Map<Operand, Map<string, Value>>();

  /** @param stateNames the names of parameters and buffers */
  constructor(readonly stateNames: ReadonlyMap<Operand, string>) {}

  /** Records the value of an operand; a value may have another shape of as many elements. */
  set(x: Operand, value: Value, shape = x.shape): void {
    const forms = this.#forms.get(unshaped(x)) ?? new Map<string, Value>();
    forms.set(printShape(shape), value);
    this.#forms.set(unshaped(x), forms);
  }

  /** Records that an operand has no form in ONNX. */
  setUnknown(x: Operand): void {
    const value = new Value();
    this.unknown.set(value, x);
    this.set(x, value);
  }

  /** Whether an operand, or one that it is a view of with the same elements, has a value. */
  has(x: Operand): boolean {
    return x instanceof Variable || this.#forms.has(unshaped(x));
  }

  /** The value of an operand. */
  of(x: Operand): Value {
    return this.shaped(x, x.shape);
  }

  /** The value of input i of an operand. */
  input(x: Operand, i = 0): Value {
    return this.of(inputOf(x, i));
  }

  /** The value of an operand in another shape. */
  shaped(x: Operand, shape: Shape): Value {
    const forms = this.#formsOf(unshaped(x));
    const known = forms.get(printShape(shape));
    if (known) return known;
    const [first] = forms.values();
    const value = this.node("Reshape", [first ?? null, this.ints("shape", shape)]);
    forms.set(printShape(shape), value);
    return value;
  }

  /** The only output of a new node. */
  node(type: string, inputs: readonly (Value | null)[], attributes: Node["attributes"] = {}): Value {
    const value = new Value();
    this.add(type, inputs, [value], attributes);
    return value;
  }

  /** Adds a node with given outputs. */
  add(
    type: string,
    inputs: readonly (Value | null)[],
    outputs: readonly Value[],
    attributes: Node["attributes"] = {},
  ): void {
    this.nodes.push({ type, inputs, outputs, attributes, layer: this.layer });
  }

  /** Constant numbers. @param hint their place in the node that reads them: `axes` */
  constant(hint: string, dtype: Numbers["dtype"], shape: Shape, data: ArrayLike<number>, stateName?: string): Value {
    const value = new Value(hint, stateName);
    this.initializers.set(value, { dtype, shape, data });
    return value;
  }

  /** A list of int64, as ONNX wants shapes and axes. */
  ints(hint: string, data: readonly number[]): Value {
    return this.constant(hint, "int64", [data.length], data);
  }

  /** One number that broadcasts. */
  scalar(hint: string, value: number, dtype: Dtype = "float32"): Value {
    return this.constant(hint, dtype, [], [value]);
  }

  #formsOf(x: Operand): Map<string, Value> {
    const known = this.#forms.get(x);
    if (known) return known;
    if (!(x instanceof Variable)) throw new Error(`exportOnnx: inputs must be written before their users; got ${x}`);
    this.set(x, this.constant(x.operation, x.dtype, x.shape, x.read().slice(), this.stateNames.get(x)));
    return this.#formsOf(x);
  }
}
