import { ShapeError } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { lengthsOf, requireLengths } from "../../ops/lengths.ts";
import { withLengths } from "./lengths-scope.ts";
import { Module, requireModule } from "../module/module.ts";
import type { Size } from "../module/sized.ts";
import { made } from "../configuration/made.ts";

export interface PaddedOptions {
  /** The id that pads sequences of ids. Default: none; lengths are then the second input. */
  readonly paddingIdx?: number;
}

/**
 * Gives the layers of its body the length of each sequence: recurrent, attention and encoder layers ignore padding, and
 * `lastStep`, `maskedMean` and `maskedMax` use only the steps before it.
 *
 * Shape: x [batch, steps], int32 ids, or [batch, steps, features], with lengths [batch], int32 from 0 to steps; the output is
 * that of the body for x. Without a lengths input, a length is 1 + the index of the last id other than `paddingIdx`.
 * Layers in the body need the batch as first axis. State names are those of the body, without a prefix.
 *
 * @throws TypeError when the body is no module, or an option is unknown
 * @throws RangeError when paddingIdx is no integer of 32 bits
 */
export class Padded<In extends Size = Size, Out extends Size = Size> extends Module<In, Out> {
  readonly paddingIdx: number | undefined;
  override readonly inputNames: readonly string[];

  constructor(
    readonly body: Module<In, Out>,
    options: PaddedOptions = {},
  ) {
    super();
    requireModule("padded", "the body", body);
    const { paddingIdx } = withDefaults("padded", options, { paddingIdx: undefined });
    if (paddingIdx !== undefined && !(Number.isInteger(paddingIdx) && Math.abs(paddingIdx) < 2 ** 31)) {
      throw new RangeError(`padded: paddingIdx must be an integer of 32 bits; got ${paddingIdx}`);
    }
    this.paddingIdx = paddingIdx;
    this.inputNames = paddingIdx === undefined ? ["x", "lengths"] : ["x"];
  }

  override forward(x: Operand, lengths?: Operand): Operand {
    const [batch, steps] = x.shape;
    if (batch === undefined || steps === undefined) {
      throw new ShapeError(`padded: x must be [batch, steps] or [batch, steps, features]; got ${x}`);
    }
    const valid = lengths ?? this.#lengthsOf(x);
    requireLengths("padded", valid, batch, steps);
    return withLengths(valid, steps, () => this.body.call(x));
  }

  override namedChildren(): [string, Module][] {
    return [["", this.body]];
  }

  override configuration(): readonly unknown[] {
    return made(padded, this.body, { ...(this.paddingIdx !== undefined && { paddingIdx: this.paddingIdx }) });
  }

  override describe(): string {
    return this.paddingIdx === undefined ? "padded, by lengths" : `padded with ${this.paddingIdx}`;
  }

  #lengthsOf(x: Operand): Operand {
    if (this.paddingIdx !== undefined && x.dtype === "int32") return lengthsOf(x, this.paddingIdx);
    throw new TypeError(
      `padded: there must be lengths as the second input, or paddingIdx and int32 ids; got ${x.dtype} ${x} alone`,
    );
  }
}

/**
 * A body that ignores padding: `padded(sequential(embedding(n, 64, { paddingIdx: 0 }), lstm(64, 64, { batchFirst: true }),
 * lastStep(), linear(64, 2)), { paddingIdx: 0 })` takes ids [batch, steps]; see {@link Padded}.
 */
export function padded<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  options?: PaddedOptions,
): Padded<In, Out> {
  return new Padded(body, options);
}
