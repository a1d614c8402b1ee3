import type { Shape } from "../../../base/tensor.ts";
import type { Node } from "../node.ts";
import type { Margins } from "./pad.ts";

/** How windows lie along one axis. */
export interface Window {
  /** Elements of a window. */
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements added to the input so that `count` windows just fit; below 0 after it, elements that no window covers. */
  readonly margins: Margins;
  /** Windows. */
  readonly count: number;
  /** The padding after the input that the file asks for: windows may go beyond it. */
  readonly after: number;
}

/** The windows of a convolution or pooling over the axes of x after batch and channels. */
export function windowsOf(node: Node, extents: Shape, kernels: readonly number[]): readonly Window[] {
  const rank = extents.length;
  if (kernels.length !== rank) return node.refuse(`the kernel must have ${rank} axes`, kernels);
  const strides = node.perAxis("strides", rank, 1);
  const dilations = node.perAxis("dilations", rank, 1);
  const pads = node.perAxis("pads", 2 * rank, 0, 0);
  const auto = node.word("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]);
  const isCeil = node.int("ceil_mode", 0) !== 0;
  return extents.map((extent, axis) => {
    const [kernel = 1, stride = 1, dilation = 1] = [kernels[axis], strides[axis], dilations[axis]];
    const span = dilation * (kernel - 1) + 1;
    if (auto.startsWith("SAME")) {
      const count = Math.ceil(extent / stride);
      const total = Math.max(0, (count - 1) * stride + span - extent);
      const less = Math.floor(total / 2);
      const margins = auto === "SAME_UPPER" ? ([less, total - less] as const) : ([total - less, less] as const);
      return { kernel, stride, dilation, margins, count, after: margins[1] };
    }
    const [before = 0, after = 0] = auto === "VALID" ? [0, 0] : [pads[axis], pads[axis + rank]];
    const steps = (extent + before + after - span) / stride;
    const most = (isCeil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // As in PyTorch, no window starts in the padding after the input.
    const count = isCeil && (most - 1) * stride >= extent + before ? most - 1 : most;
    if (count < 1 || !Number.isSafeInteger(count)) node.shapeError("a window must fit in the padded input", extents);
    return { kernel, stride, dilation, margins: [before, (count - 1) * stride + span - extent - before], count, after };
  });
}

/** The extents of a window, from the attribute or the weight. */
export function kernelOf(node: Node, weight: Shape): readonly number[] {
  const extents = weight.slice(2);
  const given = node.ints("kernel_shape", extents);
  if (given.length === extents.length && given.every((each, axis) => each === extents[axis])) return extents;
  return node.refuse(`kernel_shape must be that of the weight, ${extents.join(" ")}`, given);
}
