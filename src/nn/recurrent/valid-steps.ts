import { ShapeError, requireSwitch } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import {
  lastStep as lastStepOf,
  maskedMax as maskedMaxOf,
  maskedMean as maskedMeanOf,
} from "../../ops/reduction/valid-steps.ts";
import { lengthsAround } from "./lengths-scope.ts";
import { Module } from "../module/module.ts";
import { made } from "../configuration/made.ts";

/** Reduces the steps of each sequence: [batch, steps, features] gives [batch, features]. */
type StepReduction = (x: Operand, lengths?: Operand) => Operand;

/** Reduces each sequence to one row, without padding steps. */
abstract class ValidSteps extends Module<"same", "same"> {
  readonly #name: string;
  readonly #reduce: StepReduction;

  constructor(name: string, reduce: StepReduction) {
    super();
    this.#name = name;
    this.#reduce = reduce;
  }

  override forward(x: Operand, lengths?: Operand): Operand {
    return this.#reduce(x, lengths ?? lengthsAround(this.#name, x));
  }

  override describe(): string {
    return this.#name;
  }
}

export interface LastStepOptions {
  /**
   * Whether x is the output of a bidirectional recurrent layer: the result is then the forward half at the last step and the
   * backward half at the first step, which have both read the whole sequence. Default: false.
   */
  readonly bidirectional?: boolean;
}

/**
 * y[n] = x[n, lengths[n] - 1], the last step that is not padding; 0 for a sequence without steps.
 *
 * Shape: x [batch, steps, features] gives [batch, features]. Lengths [batch], int32, are the second input. Default:
 * those of the surrounding `nn.padded`, or all steps.
 *
 * @throws TypeError when an option is unknown or not true or false
 */
export class LastStep extends ValidSteps {
  readonly bidirectional: boolean;

  constructor(options: LastStepOptions = {}) {
    const { bidirectional } = withDefaults("lastStep", options, { bidirectional: false });
    requireSwitch("lastStep", "bidirectional", bidirectional);
    super("lastStep", bidirectional ? finalStates : lastStepOf);
    this.bidirectional = bidirectional;
  }

  override configuration(): readonly unknown[] {
    return made(lastStep, { bidirectional: this.bidirectional });
  }

  override describe(): string {
    return `lastStep${this.bidirectional ? ", bidirectional" : ""}`;
  }
}

/**
 * y[n] = the mean of the steps of x[n] that are not padding; 0 for a sequence without steps.
 *
 * Shape and lengths: as {@link LastStep}.
 */
export class MaskedMean extends ValidSteps {
  constructor() {
    super("maskedMean", maskedMeanOf);
  }

  override configuration(): readonly unknown[] {
    return made(maskedMean);
  }
}

/**
 * y[n] = the maximum of each feature over the steps of x[n] that are not padding; 0 for a sequence without steps. The
 * gradient flows to the first of equal maxima.
 *
 * Shape and lengths: as {@link LastStep}.
 */
export class MaskedMax extends ValidSteps {
  constructor() {
    super("maskedMax", maskedMaxOf);
  }

  override configuration(): readonly unknown[] {
    return made(maskedMax);
  }
}

/** The first half of the features at the last step, the second half at the first step. */
function finalStates(x: Operand, lengths?: Operand): Operand {
  const [, steps = 0, features = 0] = x.shape;
  if (x.shape.length !== 3 || features % 2 !== 0 || steps === 0) {
    throw new ShapeError(`lastStep: x must be [batch, steps, 2 * hiddenSize] if bidirectional; got ${x}`);
  }
  const half = features / 2;
  const forward = lastStepOf(slice(x, 2, 0, half), lengths);
  const backward = lastStepOf(slice(slice(x, 2, half, features), 1, 0, 1));
  return concatenate([forward, backward], 1);
}

/** The last step of each sequence that is not padding: [batch, steps, features] gives [batch, features]; see {@link LastStep}. */
export function lastStep(options?: LastStepOptions): LastStep {
  return new LastStep(options);
}

/** The mean of the steps that are not padding: [batch, steps, features] gives [batch, features]; see {@link MaskedMean}. */
export function maskedMean(): MaskedMean {
  return new MaskedMean();
}

/** The maximum of the steps that are not padding: [batch, steps, features] gives [batch, features]; see {@link MaskedMax}. */
export function maskedMax(): MaskedMax {
  return new MaskedMax();
}
