import { power } from "../base/power.ts";
import { ShapeError, requireSwitch, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { reshape } from "../ops/shape/view.ts";
import { Variable } from "../memory/variable.ts";
import { dropoutIfAny, rateOf } from "./attention.ts";
import type { Dropout } from "./dropout/dropout.ts";
import { Module } from "./module/module.ts";
import type { Identity } from "./shape.ts";
import { made } from "./configuration/made.ts";

export interface PositionalEncodingOptions {
  /** Length of the longest sequence. Default: 5000. */
  readonly maxLen?: number;
  /** Probability that an element of the sum is zeroed while training, in [0, 1]. Default: 0. */
  readonly dropout?: number;
  /** Whether operands are [B, T, dModel] and not [T, B, dModel]. Default: false. */
  readonly batchFirst?: boolean;
}

/**
 * y = dropout(x + p), with p[t, 2i] = sin(t / 10000^(2i / dModel)) and p[t, 2i + 1] = cos(t / 10000^(2i / dModel)).
 *
 * Shape: x [T, B, dModel], [B, T, dModel] with batchFirst, or [T, dModel]; y has the shape of x. No parameters, no state.
 * Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, 3.5
 *
 * @throws RangeError when a size is not a whole number of at least 1, or dropout is outside [0, 1]
 * @throws TypeError when an option is unknown
 */
export class PositionalEncoding<Features extends number = number> extends Module<Features, Features> {
  readonly maxLen: number;
  readonly batchFirst: boolean;
  readonly dropout: Dropout | Identity;
  readonly #tables = new Map<number, Variable>();

  constructor(
    readonly dModel: Features,
    options: PositionalEncodingOptions = {},
  ) {
    super();
    requireWhole("positionalEncoding", "dModel", dModel, 1);
    const { maxLen, dropout, batchFirst } = withDefaults("positionalEncoding", options, {
      maxLen: 5000,
      dropout: 0,
      batchFirst: false,
    });
    requireSwitch("positionalEncoding", "batchFirst", batchFirst);
    requireWhole("positionalEncoding", "maxLen", maxLen, 1);
    this.maxLen = maxLen;
    this.batchFirst = batchFirst;
    this.dropout = dropoutIfAny(dropout);
  }

  override forward(x: Operand): Operand {
    const axis = this.batchFirst && x.shape.length === 3 ? 1 : 0;
    const length = x.shape[axis] ?? 0;
    if (![2, 3].includes(x.shape.length) || x.shape.at(-1) !== this.dModel || length > this.maxLen) {
      const expected = `at most ${this.maxLen} positions of ${this.dModel} features`;
      throw new ShapeError(`positionalEncoding: the input must have two or three axes, with ${expected}; got ${x}`);
    }
    const table = this.#tables.get(length) ?? positions(length, this.dModel);
    this.#tables.set(length, table);
    const isTimeFirst = x.shape.length === 3 && axis === 0;
    return this.dropout.call(add(x, isTimeFirst ? reshape(table, [length, 1, this.dModel]) : table));
  }

  override configuration(): readonly unknown[] {
    return made(positionalEncoding, this.dModel, {
      maxLen: this.maxLen,
      dropout: rateOf(this.dropout),
      batchFirst: this.batchFirst,
    });
  }

  override describe(): string {
    return `positionalEncoding ${this.dModel}`;
  }
}

/** The sines and cosines of the first `length` positions. */
function positions(length: number, features: number): Variable {
  const table = new Variable("positions", [length, features]);
  const values = Float32Array.from({ length: table.size }, (_, i) => {
    const [t, feature] = [Math.floor(i / features), i % features];
    const angle = t / power(10_000, (feature - (feature % 2)) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  table.write().set(values);
  return table;
}

/** Adds sines and cosines of its position to each element of a sequence. See {@link PositionalEncoding}. */
export function positionalEncoding<const Features extends number>(
  dModel: Features,
  options?: PositionalEncodingOptions,
): PositionalEncoding<Features> {
  return new PositionalEncoding(dModel, options);
}
