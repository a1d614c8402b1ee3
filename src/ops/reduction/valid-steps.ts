import { roomForTotals } from "#kernels/contract";
import { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { sequenceExtents } from "../lengths.ts";

/**
 * The last valid step of each sequence: out[n] = x[n, lengths[n] - 1], or 0 for a length of 0.
 *
 * Shape: x [batch, steps, features] and lengths [batch], int32 from 0 to steps, give [batch, features].
 * @param lengths Default: all steps are valid.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 */
export function lastStep(x: Operand, lengths?: Operand): Operand {
  return overSteps("lastStep", x, lengths, (dOut, _, dx, ...sizes) => {
    return call("lastStepGradient", dOut, lengths ?? 0, dx, ...sizes);
  });
}

/**
 * The mean over the valid steps of each sequence, or 0 for a length of 0.
 *
 * Shape: x [batch, steps, features] and lengths [batch], int32 from 0 to steps, give [batch, features].
 * @param lengths Default: all steps are valid.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 */
export function maskedMean(x: Operand, lengths?: Operand): Operand {
  return overSteps("maskedMean", x, lengths, (dOut, _, dx, ...sizes) => {
    return call("maskedMeanGradient", dOut, lengths ?? 0, dx, ...sizes);
  });
}

/**
 * The maximum of each feature over the valid steps of each sequence, or 0 for a length of 0. The gradient flows to the first of
 * equal maxima, as through PyTorch's `max` along an axis.
 *
 * Shape: x [batch, steps, features] and lengths [batch], int32 from 0 to steps, give [batch, features].
 * @param lengths Default: all steps are valid.
 * @throws TypeError or ShapeError when x or lengths have another type or shape
 */
export function maskedMax(x: Operand, lengths?: Operand): Operand {
  return overSteps("maskedMax", x, lengths, (dOut, out, dx, ...sizes) => {
    return call("maskedMaxGradient", dOut, x, out, lengths ?? 0, dx, ...sizes);
  });
}

type Sizes = readonly [batch: number, steps: number, features: number];

function overSteps(
  name: "lastStep" | "maskedMean" | "maskedMax",
  x: Operand,
  lengths: Operand | undefined,
  backward: (dOut: Operand, out: Operand, dx: Operand, ...sizes: Sizes) => Call,
): Operand {
  const sizes = sequenceExtents(name, x, lengths);
  const [batch, steps, features] = sizes;
  const lengthInputs = lengths ? [lengths] : [];
  const flops = name === "lastStep" ? 0 : x.size;
  return new Operand(name, [batch, features], [x, ...lengthInputs], {
    calls: (out, { workspace }) => [
      name === "maskedMean"
        ? call(name, x, lengths ?? 0, out, workspace, ...sizes)
        : call(name, x, lengths ?? 0, out, ...sizes),
    ],
    workspace: name === "maskedMean" ? roomForTotals(steps, batch * features) : 0,
    gradient: (dOut, out) => [
      new Operand(
        `${name}Gradient`,
        x.shape,
        name === "maskedMax" ? [dOut, x, out, ...lengthInputs] : [dOut, ...lengthInputs],
        {
          calls: (dx) => [backward(dOut, out, dx, ...sizes)],
          flops,
        },
      ),
      ...lengthInputs.map(() => null),
    ],
    flops,
  });
}
