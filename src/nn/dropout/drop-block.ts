import { requireWhole, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { dropBlock2d as dropBlockOf } from "../../ops/dropout/drop-block.ts";
import { RandomLayer } from "./random-layer.ts";
import { made } from "../configuration/made.ts";

/**
 * Zeroes square blocks of each channel while training, new ones at every step, and scales kept elements by size / kept, both
 * counted over the batch; in evaluation y = x. A block of b by b starts with probability γ = p H W / (b² (H - b + 1)
 * (W - b + 1)) at each position where it fits, so that about p of all elements are zeroed (fewer where blocks overlap).
 *
 * Shape: x [N, C, H, W]; the output has the shape of x.
 * Advice: p from 0.05 to 0.25, rising from 0 during training as in the paper (`layer.p` may be set at any time), blocks of 7
 * after the last groups of a residual network, after batch normalization.
 * Source: Ghiasi et al. 2018, https://arxiv.org/abs/1810.12890; as in torchvision, but blocks do not shrink to fit small
 * images.
 *
 * @param p approximate fraction of zeroed elements, in [0, 1]
 * @param blockSize height and width of a block in elements, at least 1 and at most the height and the width of x
 * @throws RangeError when p is outside [0, 1] or blockSize is no whole number of at least 1
 */
export class DropBlock2d extends RandomLayer {
  constructor(
    p: number,
    readonly blockSize: number,
  ) {
    super(p, (rate) => {
      requireWithin("dropBlock2d", "p", rate, 0, 1);
      return [rate];
    });
    requireWhole("dropBlock2d", "blockSize", blockSize, 1);
  }

  override forward(x: Operand): Operand {
    return this.training ? dropBlockOf(x, this.counter, this.rate, this.blockSize) : x;
  }

  override configuration(): readonly unknown[] {
    return made(dropBlock2d, this.p, this.blockSize);
  }

  override describe(): string {
    return `dropBlock2d ${this.p}, ${this.blockSize} x ${this.blockSize}`;
  }
}

/**
 * Zeroes squares of blockSize by blockSize in each channel of [N, C, H, W] while training, about p of all elements, and
 * scales the others; see {@link DropBlock2d}. Usual p: 0.05 to 0.25, blocks of 7.
 */
export function dropBlock2d(p: number, blockSize: number): DropBlock2d {
  return new DropBlock2d(p, blockSize);
}
