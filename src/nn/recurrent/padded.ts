import { ShapeError, requireKnown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { lengthsOf, requireLengths } from "../../ops/lengths.ts";
import { withLengths } from "./lengths-scope.ts";
import { Module, requireModule } from "../module/module.ts";
import type { Size } from "../module/sized.ts";

export interface PaddedOptions {
  /** The id with which sequences of ids are filled up. Default: none, and lengths are the second input. */
  readonly paddingIdx?: number;
}

/**
 * A body that knows how long each of its sequences is: recurrent layers, attention and encoder layers in it leave padding
 * out, and `lastStep`, `maskedMean` and `maskedMax` take the steps before it.
 *
 * Shape: x [batch, steps], ids as int32, or [batch, steps, features], and lengths [batch], int32 from 0 to steps, give what
 * the body gives for x. Without lengths, they follow from ids: 1 + the place of the last id other than `paddingIdx`.
 * Layers in the body take the batch first. State names are those of the body, as if it stood here alone.
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
    requireKnown("padded", options, ["paddingIdx"]);
    const { paddingIdx } = options;
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
    const known = lengths ?? this.#lengthsOf(x);
    requireLengths("padded", known, batch, steps);
    return withLengths(known, steps, () => this.body.call(x));
  }

  override namedChildren(): [string, Module][] {
    return [["", this.body]];
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
 * A body that leaves padding out: `padded(sequential(embedding(n, 64, { paddingIdx: 0 }), lstm(64, 64, { batchFirst: true }),
 * lastStep(), linear(64, 2)), { paddingIdx: 0 })` takes ids [batch, steps]; see {@link Padded}.
 */
export function padded<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  options?: PaddedOptions,
): Padded<In, Out> {
  return new Padded(body, options);
}
