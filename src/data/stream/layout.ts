import { ShapeError, shown } from "../../base/errors.ts";
import { mapTensors } from "../../base/rows.ts";
import { type Numbers, Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { type Batch, namedTensors } from "../dataset.ts";
import { type Columns, tensorsFrom } from "../from-arrays.ts";

/** One sample of a stream, without an axis for the batch: tensors, typed arrays, numbers or nested arrays. */
export interface Sample {
  readonly x: Columns;
  readonly y: Columns;
  /** Weight of the sample, finite and at least 0; all samples of a stream have one, or none has. Default: 1. */
  readonly weight?: number | undefined;
}

/** The numbers of a sample, copied. */
export interface Row {
  /** Those of x, then those of y, tensor by tensor. */
  readonly numbers: readonly Numbers["float32" | "int32"][];
  readonly weight: number | undefined;
}

/** How samples are arranged: all samples of a stream are like the first. */
export class Layout {
  readonly #isLabelled: boolean;
  readonly #x: Tensors;
  readonly #y: Tensors;
  /** Names, dtypes and shapes of all tensors. */
  readonly #all: readonly [string, Tensor][];
  readonly #isWeighted: boolean;

  /** @param isLabelled whether plain numbers of y are int32 */
  constructor(first: unknown, isLabelled: boolean) {
    this.#isLabelled = isLabelled;
    const { x, y, weight } = parsed(first, 1, isLabelled);
    this.#x = x;
    this.#y = y;
    this.#all = allOf(x, y);
    this.#isWeighted = weight !== undefined;
  }

  /**
   * The numbers of a sample.
   * @param number of the sample in errors, counted from 1
   * @throws ShapeError or TypeError unless it is like the first
   */
  rowOf(sample: unknown, number: number): Row {
    const { x, y, weight } = parsed(sample, number, this.#isLabelled);
    const found = allOf(x, y);
    if (this.#all.length !== found.length || !this.#all.every((each, i) => isLike(each, found[i]))) {
      throw new ShapeError(`stream: sample ${number} must be ${print(this.#all)} as the first; got ${print(found)}`);
    }
    if ((weight !== undefined) !== this.#isWeighted) {
      const must = this.#isWeighted ? "have a weight" : "have no weight";
      throw new TypeError(`stream: sample ${number} must ${must} as the first; got ${shown(weight)}`);
    }
    return { numbers: found.map(([, { data }]) => data.slice()), weight };
  }

  /** Rows as a batch. */
  batchOf(rows: readonly Row[]): Batch<Tensors, Tensors> {
    let next = 0;
    const stack = ({ shape, dtype, size }: Tensor): Tensor => {
      const place = next++;
      const stacked = dtype === "float32" ? new Float32Array(rows.length * size) : new Int32Array(rows.length * size);
      rows.forEach(({ numbers }, i) => stacked.set(numbers[place] ?? [], i * size));
      return new Tensor([rows.length, ...shape], dtype, stacked);
    };
    const x = mapTensors(this.#x, stack);
    const y = mapTensors(this.#y, stack);
    if (!this.#isWeighted) return { x, y };
    const weights = Float32Array.from(rows, ({ weight }) => weight ?? 1);
    return { x, y, weights: new Tensor([rows.length], "float32", weights) };
  }
}

interface Parsed {
  readonly x: Tensors;
  readonly y: Tensors;
  readonly weight: number | undefined;
}

function parsed(sample: unknown, number: number, isLabelled: boolean): Parsed {
  const given = Object(sample) as Partial<Sample>;
  if (given.x === undefined || given.y === undefined) {
    const missing = ["x", "y"].filter((name) => Reflect.get(given, name) === undefined).join(" and ");
    const found = typeof sample === "object" && sample !== null ? `one without ${missing}` : shown(sample);
    throw new TypeError(`stream: sample ${number} must have x and y; got ${found}`);
  }
  const { weight } = given;
  if (weight !== undefined && !(Number.isFinite(weight) && weight >= 0)) {
    throw new RangeError(`stream: the weight of sample ${number} must be finite and at least 0; got ${shown(weight)}`);
  }
  try {
    const x = tensorsFrom("stream", "x", given.x);
    return { x, y: tensorsFrom("stream", "y", given.y, isLabelled ? "int32" : undefined), weight };
  } catch (error) {
    if (error instanceof Error) error.message += `, in sample ${number}`;
    throw error;
  }
}

function allOf(x: Tensors, y: Tensors): [string, Tensor][] {
  return [...namedTensors("x", x), ...namedTensors("y", y)];
}

function isLike(
  [name, { shape, dtype }]: readonly [string, Tensor],
  other: readonly [string, Tensor] | undefined,
): boolean {
  if (other === undefined || name !== other[0] || dtype !== other[1].dtype) return false;
  const { shape: found } = other[1];
  return shape.length === found.length && shape.every((extent, axis) => extent === found[axis]);
}

function print(tensors: readonly (readonly [string, Tensor])[]): string {
  return tensors.map(([name, each]) => `${name} ${each}`).join(", ");
}
