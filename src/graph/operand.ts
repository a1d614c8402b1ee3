import { requireInstance, requireOneOf } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { KIND, Kind } from "../base/kind.ts";
import { type Dtype, type Shape, ownShape, printShape, sizeOf } from "../base/tensor.ts";
import type { KernelName } from "./kernels.ts";
import type { PlacedRange } from "./range.ts";
import { FLOAT32, type WeightFormat, type Weights } from "./weights.ts";

/** A kernel call as plain data: a name and arguments; an operand means its address. */
export interface Call {
  /** @internal */
  readonly kernel: KernelName;
  readonly arguments: readonly (Operand | number)[];
}

/** Properties of the machine and the plan, for a rule that makes its kernel calls. */
export interface Placement {
  /** Scratch memory of `workspace` floats, as the rule declares. */
  readonly workspace: Operand;
  /** Columns in a panel of a packed matrix: one row of the tile that is fastest on this machine. */
  readonly panelWidth: 8 | 16;
  /** Whether the plan placed `input` in the memory of `out`, `offset` floats from its start. */
  aliases(input: Operand, out: Operand, offset: number): boolean;
}

/** A selection of the columns of matrices. */
export interface Columns {
  /** The selected columns of x. */
  of(x: Operand): Operand;
}

/** What defines an operation beside its inputs, by name: strides, an axis, a slope. */
export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** How an operation is computed, and how a gradient flows back through it. */
export interface Rule {
  /** The kernel calls that fill `out`, in order. */
  calls(out: Operand, placement: Placement): readonly Call[];
  /** The gradient by each input, as further operations; null for an input without one. Default: the operation has none. */
  readonly gradient?: (dOut: Operand, out: Operand) => readonly (Operand | null)[];
  /** This gradient plus `other` as one operation, if that is cheaper than a separate addition; else undefined. */
  readonly accumulate?: (other: Operand) => Operand | undefined;
  /** `out` is a view: the memory of inputs[0] from this float on. */
  readonly viewOffset?: number;
  /** Floats from the start of `out` at which each input may be computed in place, so that it need not be copied. */
  readonly slots?: readonly number[];
  /** The inputs whose memory `out` may overwrite when this is their last use: element i is read before it is written. */
  readonly overwrites?: readonly number[];
  /** Whether element i of `out` depends on element i of each input alone, so that threads share both in the same way. */
  readonly elementwise?: boolean;
  /** `out` for a selection of its columns, computed without the others; undefined where that is not possible. */
  readonly onColumns?: (columns: Columns) => Operand | undefined;
  /** Bounds of the integers of `out`, whatever the inputs are, so that they need no check. */
  readonly range?: readonly [low: number, high: number];
  /** Whether the layout of `out` is private to its readers, so that a check for finite numbers must ignore it. */
  readonly opaque?: boolean;
  /** Whether `out` is computed at every run even where it could be a cached constant, because it is larger than its inputs. */
  readonly isTransient?: boolean;
  /** Refuses the numbers of `out`, as 32-bit words, after they were computed as a cached constant. Default: accepts all. */
  readonly check?: (words: Int32Array, out: Operand) => void;
  /** The format of the weights that `out` holds, where they are packed into a small one. Default: undefined. */
  readonly holds?: WeightFormat;
  /** Floats of scratch memory needed while the calls run. Default: 0. */
  readonly workspace?: number;
  /** Floating-point operations; a multiply and an add are two. Default: one for each element of `out`. */
  readonly flops?: number;
  /** The elements of operands that these elements of `out` are copies or casts of; undefined where they are computed. */
  readonly origins?: (elements: Int32Array) => readonly (readonly [operand: Operand, elements: Int32Array])[];
  /** The numbers of `out`, if they are constant integers. */
  readonly known?: ArrayLike<number>;
  /** What defines the operation beside its inputs, for export to other formats; kernel calls do not read it. Default: none. */
  readonly attributes?: Attributes;
  /** Floating-point operations that the shapes imply but the calls skip. Default: 0. */
  readonly skipped?: number;
}

const LEAF: Rule = { calls: () => [], viewOffset: 0, flops: 0 };

const KIND_OF_OPERANDS = new Kind("an operand");

let made = 0;

/** The layer and the condition of operands that are made, and how they hold weights. Functions of scope.ts set it. */
export const place: { layer: string; condition: Operand | undefined; weights: Weights } = {
  layer: "",
  condition: undefined,
  weights: FLOAT32,
};

/** A node of the graph: a shape, an operation, its inputs and a rule. It has no numbers. */
export class Operand {
  /** A serial number in the order of construction: inputs have lower ones than their users. @internal */
  readonly id = made++;
  /** The layer that made it: `"3" (linear 512 -> 10)`, or "". @internal */
  readonly layer = place.layer;
  /** One integer: runs in which it is 0 skip this operation. Default: undefined, no run skips it. @internal */
  readonly condition = place.condition;
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

  /** For errors: `relu [32, 128] from "3" (relu)`; without the layer while that layer is being traced. */
  toString(): string {
    return this.layer === "" || this.layer === place.layer ? this.label : `${this.label} from ${this.layer}`;
  }

  /**
   * Converts to the text of `toString`.
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

/** An operand whose numbers are passed to a program at each run. */
export class Input extends Operand {
  /** @internal */
  readonly ranges: PlacedRange[] = [];

  /**
   * @param name the name in errors
   * @internal
   */
  constructor(shape: Shape, dtype: Dtype, name = "input") {
    super(name, shape, [], LEAF, dtype);
  }
}
