import { ShapeError, requireKnown, requireOneOf } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { add } from "../../ops/elementwise/arithmetic.ts";
import { addBranch } from "../../ops/branch.ts";
import { dropout, keepMask } from "../../ops/dropout/dropout.ts";
import { sameShape } from "../../base/tensor.ts";
import { droppingNumbers } from "./adjustable.ts";
import { type Module, requireModule } from "../module/module.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Size } from "../module/sized.ts";

export interface StochasticDepthOptions {
  /**
   * `batch` (where left out): all samples of a step keep the body or go without, and a body that is left out costs nothing.
   * `row`: each sample by itself; the body is computed for all.
   */
  readonly mode?: "batch" | "row";
}

/**
 * A residual branch that is left out at random while training, drawn anew at every step: y = x + mask * body(x) / (1 - p);
 * in evaluation y = x + body(x).
 *
 * Shape: the body keeps the shape of x, [N, ...]; state names are those of the body after `body.`.
 * A body that is left out for a whole batch is not computed, forward or backward: the gradients of its parameters are 0, with
 * which the optimizer updates them (momentum and decay go on, as in PyTorch), and running statistics in it stay as they are.
 * Advice: p rises from 0 at the first block to 0.5 (a hundred blocks) or 0.1 to 0.2 (tens of blocks) at the last. Batch
 * normalization stands inside the body. `p` may be set at any time and counts from the next step on.
 * Source: Huang et al. 2016, https://arxiv.org/abs/1603.09382, scaled in training as torchvision's StochasticDepth is
 *
 * @param p probability that the body is left out, in [0, 1]
 * @throws RangeError when p is outside [0, 1] or mode is unknown
 * @throws TypeError when the body is no module or an option is unknown
 */
export class StochasticDepth<In extends Size = Size, Out extends Size = Size> extends RandomLayer<In, Out> {
  readonly mode: "batch" | "row";

  constructor(
    readonly body: Module<In, Out>,
    p: number,
    options: StochasticDepthOptions = {},
  ) {
    requireKnown("stochasticDepth", options, ["mode"]);
    const { mode = "batch" } = options;
    requireOneOf("stochasticDepth", "mode", mode, ["batch", "row"]);
    requireModule("stochasticDepth", "the body", body);
    super(p, (rate) => droppingNumbers("stochasticDepth", rate));
    this.mode = mode;
  }

  override forward(x: Operand): Operand {
    if (this.training && this.mode === "batch") {
      return addBranch(x, keepMask(1, this.counter, this.rate), this.rate, () => requireShapeOf(x, this.body.call(x)));
    }
    const branch = requireShapeOf(x, this.body.call(x));
    const axes = x.shape.map((_, axis) => axis).slice(1);
    return add(x, this.training ? dropout(branch, this.counter, this.rate, { axes }) : branch);
  }

  override describe(): string {
    return `stochasticDepth ${this.p}, by ${this.mode}`;
  }
}

/**
 * A residual branch that is left out with probability p while training: y = x + mask * body(x) / (1 - p), for all samples of
 * a step or each by itself; see {@link StochasticDepth}.
 */
export function stochasticDepth<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  p: number,
  options?: StochasticDepthOptions,
): StochasticDepth<In, Out> {
  return new StochasticDepth(body, p, options);
}

function requireShapeOf(x: Operand, branch: Operand): Operand {
  if (sameShape(branch.shape, x.shape)) return branch;
  throw new ShapeError(`stochasticDepth: the body must keep the shape of its input; got ${branch} for ${x}`);
}
