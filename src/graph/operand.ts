import { requireInstance, requireOneOf } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { KIND, Kind } from "../base/kind.ts";
import { inOrder } from "../base/numbers.ts";
import type { Call } from "./call.ts";
import { type Dtype, type Shape, ownShape, printShape, sizeOf } from "../base/tensor.ts";
import { type PlacedRange, type Range, printRange, requireInRange, unique } from "./range.ts";
import { currentCondition, currentLayer } from "./scope.ts";

/** What the planner decided, as far as an operation may need it to name its kernel calls. */
export interface Placement {
  /** Room of the size that the rule asked for. */
  readonly workspace: Operand;
  /** Whether `input` already lies in `out`, `offset` floats from its start. */
  aliases(input: Operand, out: Operand, offset: number): boolean;
}

/** Some of the columns of matrices, chosen by whoever asks for them. */
export interface Columns {
  /** Those columns of x. */
  of(x: Operand): Operand;
}

/** How an operation is carried out, and how a gradient flows back through it. */
export interface Rule {
  /** The kernel calls that fill `out`, in order. */
  calls(out: Operand, placement: Placement): readonly Call[];
  /** One gradient for each input, made of further operations; null where none flows. Left out: it has none. */
  readonly gradient?: (dOut: Operand, out: Operand) => readonly (Operand | null)[];
  /** The sum with another operand where it costs less than adding; undefined where it does not. */
  readonly accumulate?: (other: Operand) => Operand | undefined;
  /** `out` is no memory of its own, but that of inputs[0] from this float on. */
  readonly viewOffset?: number;
  /** Floats from the start of `out` at which each input may lie from the beginning, so that it need not be copied. */
  readonly slots?: readonly number[];
  /** The inputs whose memory `out` may take over when this is their last use: element i is read before it is written. */
  readonly overwrites?: readonly number[];
  /** Whether element i of `out` follows from element i of each input, shared among threads by lines of elements. */
  readonly elementwise?: boolean;
  /** Some columns of `out`, made without the others; undefined where they are not made apart. */
  readonly onColumns?: (columns: Columns) => Operand | undefined;
  /** The integers that `out` may hold, whatever its inputs hold, so that nobody need check them: the lowest and the highest. */
  readonly range?: readonly [low: number, high: number];
  /** Whether the numbers of `out` mean nothing by themselves, so that nobody should ask whether they are finite. */
  readonly opaque?: boolean;
  /** Floats of room needed while the calls run. */
  readonly workspace?: number;
  /** Floating-point operations; a multiply and an add are two. Left out: one for each element of `out`. */
  readonly flops?: number;
  /** Which elements of which operands these elements of `out` are, unchanged or cast; undefined where they are worked out. */
  readonly origins?: (elements: Int32Array) => readonly (readonly [operand: Operand, elements: Int32Array])[];
  /** The numbers of `out`, where they are integers that never change. */
  readonly known?: ArrayLike<number>;
  /** Floating-point operations that are not done, though the shapes ask for them. */
  readonly skipped?: number;
}

const LEAF: Rule = { calls: () => [], viewOffset: 0, flops: 0 };

const KIND_OF_OPERANDS = new Kind("an operand");

let made = 0;

/** A node of the graph: a shape, an operation, its inputs and a rule. It has no numbers. */
export class Operand {
  /** Counts up as operands are made, so that inputs come before their users. @internal */
  readonly id = made++;
  /** Where it was made: `"3" (linear 512 -> 10)`, or "". @internal */
  readonly layer = currentLayer();
  /** One integer, other than 0 in runs that carry this out; undefined where all do. @internal */
  readonly condition: Operand | undefined = currentCondition();
  /** A copy of the shape given, frozen. */
  readonly shape: Shape;
  readonly size: number;

  /**
   * @throws ShapeError when extents are not whole numbers of at least 0
   * @throws TypeError when an input is no operand of this copy of the library
   * @internal
   */
  constructor(
    readonly operation: string,
    shape: Shape,
    /** @internal */
    readonly inputs: readonly Operand[] = [],
    /** @internal */
    readonly rule: Rule = LEAF,
    readonly dtype: Dtype = "float32",
  ) {
    for (const input of inputs) requireInstance(operation, "every input", input, Operand, "an operand");
    requireOneOf(operation, "dtype", dtype, ["float32", "int32"]);
    this.shape = ownShape(operation, shape);
    this.size = sizeOf(this.shape);
  }

  /** `relu [32, 128]` @internal */
  get label(): string {
    return `${this.operation} ${printShape(this.shape)}`;
  }

  /** For errors: `relu [32, 128] from "3" (relu)`; the layer where it was made, unless that is being described. */
  toString(): string {
    return this.layer === "" || this.layer === currentLayer() ? this.label : `${this.label} from ${this.layer}`;
  }

  /**
   * Printed as `toString` says.
   * @throws TypeError when a JavaScript operator asks for a number
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `operand: arithmetic must be written with ops.add, ops.multiply, ...; got a JavaScript operator on ${this}`,
    );
  }

  /** `operand relu float32 [32, 128]` */
  [INSPECT](): string {
    return `operand ${this.operation} ${this.dtype} ${printShape(this.shape)}`;
  }

  get [KIND](): Kind {
    return KIND_OF_OPERANDS;
  }
}

/** Floating-point operations of an operand; a multiply and an add are two. */
export function flopsOf({ rule, size }: Operand): number {
  return rule.flops ?? size;
}

/** What a program is given at each run. */
export class Input extends Operand {
  /** @internal */
  readonly ranges: PlacedRange[] = [];

  /**
   * @param name what a user calls it, for errors
   * @internal
   */
  constructor(shape: Shape, dtype: Dtype, name = "input") {
    super(name, shape, [], LEAF, dtype);
  }
}

/**
 * Asks that integers lie in a range: those of an input, those that are known beforehand, or parts and copies of such. What
 * was cast from floats is asked of the floats, rounded toward 0.
 * @param elements the indices of those that are asked; all where undefined
 * @throws RangeError when integers that are known beforehand do not
 * @throws TypeError when they are worked out, for then nobody could check them
 */
export function requireRange(x: Operand, range: Range, elements?: Int32Array): void {
  if (x instanceof Input) {
    const some = elements && unique(elements);
    return void x.ranges.push({ ...range, elements: some?.length === x.size ? undefined : some });
  }
  const { known, viewOffset, origins } = x.rule;
  if (known) return requireInRange(range, known, elements);
  if (x.rule.range) return requireWithinRange(x, range, x.rule.range);
  const [viewed] = x.inputs;
  if (viewed && viewOffset === 0 && viewed.size === x.size) return requireRange(viewed, range, elements);
  const own = elements ?? inOrder(x.size);
  const found =
    viewed && viewOffset !== undefined ? [[viewed, own.map((i) => i + viewOffset)] as const] : origins?.(own);
  if (!found) throw new TypeError(`${range.where}: ${range.what} must come from an input; got ${x}`);
  for (const [operand, theirs] of found) {
    requireRange(operand, operand.dtype === x.dtype ? range : { ...range, truncated: true }, theirs);
  }
}

function requireWithinRange(x: Operand, range: Range, [low, high]: readonly [number, number]): void {
  if (low >= range.low && high <= range.high) return;
  throw new RangeError(
    `${range.where}: ${range.what} must be ${printRange(range)}; got ${x}, which may be ${low} to ${high}`,
  );
}
