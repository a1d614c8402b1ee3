import { FormatError, ShapeError, shown } from "../../base/errors.ts";
import type { Shape } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { ATTRIBUTE, type AttributeProto, type NodeProto } from "../model.ts";
import { valueOf } from "./numbers.ts";
import type { Value } from "./value.ts";

/** Parts of a model that nodes keep from run to run. */
export interface NodeState {
  readonly training: boolean;
  /** The dropout of this node. */
  dropout(node: Node, x: Operand): Operand;
  /** Updates running statistics, given by the names of a node's inputs, at the end of a run in training mode. */
  updateMoments(node: Node, moments: Operand, count: number, momentum: number): void;
}

/** A node of a graph with its inputs, while the graph is traced. */
export class Node {
  readonly #attributes: ReadonlyMap<string, AttributeProto>;
  readonly #read = new Set(["consumed_inputs", "broadcast"]);

  constructor(
    readonly proto: NodeProto,
    readonly opset: number,
    readonly inputs: readonly (Value | undefined)[],
    readonly state: NodeState,
  ) {
    this.#attributes = new Map((proto.attribute ?? []).map((each) => [each.name ?? "", each]));
  }

  /** The node, for messages: `Conv "conv1"`. */
  get where(): string {
    return nodeLabel(this.proto);
  }

  /** How many outputs have readers. */
  get outputCount(): number {
    return (this.proto.output ?? []).findLastIndex((name) => name !== "") + 1;
  }

  refuse(must: string, got: unknown): never {
    throw new FormatError(`${this.where}: ${must}; got ${shown(got)}`);
  }

  optional(index: number): Value | undefined {
    return this.inputs[index];
  }

  input(index: number): Value {
    const value = this.inputs[index];
    return value ?? this.refuse(`input ${index} must be given`, `${this.inputs.length} inputs`);
  }

  /** All inputs, of a node that takes any number of them. */
  all(): readonly Value[] {
    const given = this.inputs.filter((each) => each !== undefined);
    if (given.length === this.inputs.length && given.length > 0) return given;
    return this.refuse("all inputs must be given", `${given.length} of ${this.inputs.length}`);
  }

  /** An input of floats or truth values as an operand. */
  operand(index: number): Operand {
    return this.float(this.input(index));
  }

  optionalOperand(index: number): Operand | undefined {
    const value = this.optional(index);
    return value && this.float(value);
  }

  float(value: Value): Operand {
    if (value.type !== "integer") return value.operand;
    throw new ShapeError(
      `${this.where}: integers that are computed with must be known from shapes and constants; got ${String(value)}`,
    );
  }

  /** The numbers of an input that must be known when the graph is traced. */
  numbers(index: number): readonly number[] {
    const value = this.input(index);
    if (value.numbers) return Array.from(value.numbers);
    throw new ShapeError(
      `${this.where}: input ${index} must be known from shapes and constants, as it decides a shape; got ${String(value)}, which each run computes`,
    );
  }

  optionalNumbers(index: number): readonly number[] | undefined {
    return this.optional(index) && this.numbers(index);
  }

  /** The only number of an input. */
  number(index: number, fallback: number): number {
    const numbers = this.optionalNumbers(index);
    if (!numbers) return fallback;
    return numbers.length === 1 ? (numbers[0] ?? 0) : this.refuse(`input ${index} must be one number`, numbers.length);
  }

  /** Notes attributes that make no difference. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** @throws FormatError when the node has an attribute that was not asked for, and so may mean something else */
  requireRead(): void {
    const names = [...this.#attributes.keys()].filter((name) => !this.#read.has(name));
    const known = [...this.#read].slice(2).join(", ");
    if (names.length > 0)
      this.refuse(known === "" ? "there must be no attributes" : `attributes must be ${known}`, names[0]);
  }

  has(name: string): boolean {
    this.#read.add(name);
    return this.#attributes.has(name);
  }

  int(name: string, fallback?: number): number {
    return this.#typed(name, ATTRIBUTE.INT, (each) => each.i ?? 0) ?? fallback ?? this.#missing(name);
  }

  real(name: string, fallback: number): number {
    return this.#typed(name, ATTRIBUTE.FLOAT, (each) => each.f ?? 0) ?? fallback;
  }

  text(name: string, fallback: string): string {
    return this.#typed(name, ATTRIBUTE.STRING, (each) => each.s ?? "") ?? fallback;
  }

  /** A word of a few. */
  word(name: string, words: readonly string[], fallback = words[0] ?? ""): string {
    const word = this.text(name, fallback);
    return words.includes(word) ? word : this.refuse(`${name} must be ${words.join(" or ")}`, word);
  }

  optionalInts(name: string): readonly number[] | undefined {
    return this.#typed(name, ATTRIBUTE.INTS, (each) => each.ints ?? []);
  }

  ints(name: string, fallback?: readonly number[]): readonly number[] {
    return this.optionalInts(name) ?? fallback ?? this.#missing(name);
  }

  reals(name: string): readonly number[] | undefined {
    return this.#typed(name, ATTRIBUTE.FLOATS, (each) => each.floats ?? []);
  }

  texts(name: string): readonly string[] | undefined {
    return this.#typed(name, ATTRIBUTE.STRINGS, (each) => each.strings ?? []);
  }

  tensor(name: string): Value | undefined {
    return this.#typed(name, ATTRIBUTE.TENSOR, (each) => valueOf(`${this.where}, ${name}`, each.t ?? {}));
  }

  /** An axis counted from the front. @param rank axes there are */
  axis(axis: number, rank: number): number {
    const front = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(front) && front >= 0 && front < rank) return front;
    throw new ShapeError(`${this.where}: an axis must be from ${-rank} to ${rank - 1}; got ${axis}`);
  }

  /** Different axes counted from the front. */
  axes(axes: readonly number[], rank: number): readonly number[] {
    const front = axes.map((axis) => this.axis(axis, rank));
    if (new Set(front).size === front.length) return front;
    throw new ShapeError(`${this.where}: axes must be different; got ${axes.join(", ")}`);
  }

  /** A list with a number for each of `count` axes, each a whole number of at least `low`. */
  perAxis(name: string, count: number, fallback: number, low = 1): readonly number[] {
    const list = this.ints(name, Array<number>(count).fill(fallback));
    const isFit = list.length === count && list.every((each) => each >= low && each < 2 ** 31);
    return isFit ? list : this.refuse(`${name} must be ${count} whole numbers of at least ${low}`, list);
  }

  shapeError(must: string, got: Shape): never {
    throw new ShapeError(`${this.where}: ${must}; got [${got.join(", ")}]`);
  }

  #typed<T>(name: string, type: number, read: (attribute: AttributeProto) => T): T | undefined {
    this.#read.add(name);
    const attribute = this.#attributes.get(name);
    if (!attribute) return undefined;
    if (attribute.type === type) return read(attribute);
    return this.refuse(`attribute ${name} must have type ${type}`, attribute.type);
  }

  #missing(name: string): never {
    throw new FormatError(`${this.where}: attribute ${name} must be given; got none`);
  }
}

/** A node, for messages: `Conv "conv1"`. */
export function nodeLabel({ opType = "", name = "" }: NodeProto): string {
  return name === "" ? opType : `${opType} ${shown(name)}`;
}

/** What a node of one kind gives, in the order of its outputs. */
export type Operator = (node: Node) => Value | readonly Value[];

/** Operators by their names. */
export type Operators = Readonly<Record<string, Operator>>;
