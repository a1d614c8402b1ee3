import { ShapeError, requireOneOf } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { add } from "../../ops/elementwise/arithmetic.ts";
import { addBranch } from "../../ops/branch.ts";
import { dropout, keepMask } from "../../ops/dropout/dropout.ts";
import { sameShape } from "../../base/tensor.ts";
import { maskRate } from "./adjustable.ts";
import { type Module, requireModule } from "../module/module.ts";
import { type Outputs, onlyOutput } from "../module/outputs.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Size } from "../module/sized.ts";
import { made } from "../configuration/made.ts";

export interface StochasticDepthOptions {
  /**
   * `batch`: the body is kept or dropped for all samples of a step; a dropped body is not computed. `row`: for each sample
   * independently; the body is computed for all. Default: "batch".
   */
  readonly mode?: "batch" | "row";
}

/**
 * A residual branch that is dropped at random while training, with a new mask at every step:
 * y = x + mask * body(x) / (1 - p); in evaluation y = x + body(x).
 *
 * Shape: the body preserves the shape of x, [N, ...]. State names are those of the body after `body.`.
 * A body that is dropped for a whole batch is not computed, forward or backward: the gradients of its parameters are 0, the
 * optimizer still updates them (momentum and decay continue, as in PyTorch), and its running statistics do not change.
 * Advice: increase p from 0 at the first block to 0.5 (a hundred blocks) or 0.1 to 0.2 (tens of blocks) at the last. Put batch
 * normalization inside the body. `p` may be set at any time and takes effect at the next step.
 * Source: Huang et al. 2016, https://arxiv.org/abs/1603.09382, scaled in training as in torchvision's StochasticDepth
 *
 * @param p probability that the body is dropped, in [0, 1]
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
    const { mode } = withDefaults("stochasticDepth", options, { mode: "batch" });
    requireOneOf("stochasticDepth", "mode", mode, ["batch", "row"]);
    requireModule("stochasticDepth", "the body", body);
    super(p, (rate) => maskRate("stochasticDepth", rate));
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

  override configuration(): readonly unknown[] {
    return made(stochasticDepth, this.body, this.p, { mode: this.mode });
  }

  override describe(): string {
    return `stochasticDepth ${this.p}, by ${this.mode}`;
  }
}

/**
 * A residual branch that is dropped with probability p while training: y = x + mask * body(x) / (1 - p), for all samples of
 * a step or each independently; see {@link StochasticDepth}.
 */
export function stochasticDepth<In extends Size, Out extends Size>(
  body: Module<In, Out>,
  p: number,
  options?: StochasticDepthOptions,
): StochasticDepth<In, Out> {
  return new StochasticDepth(body, p, options);
}

function requireShapeOf(x: Operand, outputs: Outputs): Operand {
  const branch = onlyOutput("stochasticDepth", "the body", outputs);
  if (sameShape(branch.shape, x.shape)) return branch;
  throw new ShapeError(`stochasticDepth: the body must keep the shape of its input; got ${branch} for ${x}`);
}
