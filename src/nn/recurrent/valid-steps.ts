import { ShapeError, requireKnown, requireSwitch } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import {
  lastStep as lastStepOf,
  maskedMax as maskedMaxOf,
  maskedMean as maskedMeanOf,
} from "../../ops/reduction/valid-steps.ts";
import { lengthsAround } from "./lengths-scope.ts";
import { Module } from "../module/module.ts";

/** What becomes of the steps of each sequence: [batch, steps, features] gives [batch, features]. */
type OverSteps = (x: Operand, lengths?: Operand) => Operand;

/** One row for each sequence from those of its steps that are no padding. */
abstract class ValidSteps extends Module<"same", "same"> {
  readonly #name: string;
  readonly #of: OverSteps;

  constructor(name: string, of: OverSteps) {
    super();
    this.#name = name;
    this.#of = of;
  }

  override forward(x: Operand, lengths?: Operand): Operand {
    return this.#of(x, lengths ?? lengthsAround(this.#name, x));
  }

  override describe(): string {
    return this.#name;
  }
}

export interface LastStepOptions {
  /**
   * Whether x is the output of a bidirectional recurrent layer: the half that ran forward is then taken at the last step
   * and the half that ran backward at the first, where each has seen the whole sequence. Default: false.
   */
  readonly bidirectional?: boolean;
}

/**
 * y[n] = x[n, length of n - 1], the last step that is no padding; 0 where a sequence has no steps.
 *
 * Shape: x [batch, steps, features] gives [batch, features]. Lengths [batch], int32, are the second input, or those of the
 * `nn.padded` around it; all steps count where there are none.
 *
 * @throws TypeError when an option is unknown or not true or false
 */
export class LastStep extends ValidSteps {
  readonly bidirectional: boolean;

  constructor(options: LastStepOptions = {}) {
    requireKnown("lastStep", options, ["bidirectional"]);
    const { bidirectional = false } = options;
    requireSwitch("lastStep", "bidirectional", bidirectional);
    super("lastStep", bidirectional ? endsOf : lastStepOf);
    this.bidirectional = bidirectional;
  }

  override describe(): string {
    return `lastStep${this.bidirectional ? ", bidirectional" : ""}`;
  }
}

/**
 * y[n] = the mean of the steps of x[n] that are no padding; 0 where a sequence has no steps.
 *
 * Shape and lengths are those of {@link LastStep}.
 */
export class MaskedMean extends ValidSteps {
  constructor() {
    super("maskedMean", maskedMeanOf);
  }
}

/**
 * y[n] = the largest of the steps of x[n] that are no padding, feature by feature; 0 where a sequence has no steps. The
 * gradient flows to the first of equals.
 *
 * Shape and lengths are those of {@link LastStep}.
 */
export class MaskedMax extends ValidSteps {
  constructor() {
    super("maskedMax", maskedMaxOf);
  }
}

/** The first half of the features at the last step, the second half at the first. */
function endsOf(x: Operand, lengths?: Operand): Operand {
  const [, steps = 0, features = 0] = x.shape;
  if (x.shape.length !== 3 || features % 2 !== 0 || steps === 0) {
    throw new ShapeError(`lastStep: x must be [batch, steps, 2 * hiddenSize] where bidirectional; got ${x}`);
  }
  const half = features / 2;
  const forward = lastStepOf(slice(x, 2, 0, half), lengths);
  const backward = lastStepOf(slice(slice(x, 2, half, features), 1, 0, 1));
  return concatenate([forward, backward], 1);
}

/** The last step of each sequence that is no padding: [batch, steps, features] gives [batch, features]; see {@link LastStep}. */
export function lastStep(options?: LastStepOptions): LastStep {
  return new LastStep(options);
}

/** The mean of the steps that are no padding: [batch, steps, features] gives [batch, features]; see {@link MaskedMean}. */
export function maskedMean(): MaskedMean {
  return new MaskedMean();
}

/** The largest of the steps that are no padding: [batch, steps, features] gives [batch, features]; see {@link MaskedMax}. */
export function maskedMax(): MaskedMax {
  return new MaskedMax();
}
