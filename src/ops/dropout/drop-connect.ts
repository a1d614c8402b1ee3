import { MASK_WORD, roomForTotals } from "#kernels/contract";
import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { sizeOf } from "../../base/tensor.ts";
import { matrixExtents, requireFloat } from "../check.ts";
import { keepMask } from "./dropout.ts";

/**
 * out[n, o] = scale * Σ mask[n, o, i] weight[o, i] x[n, i]; each bit of the mask is 0 with probability p.
 *
 * Shape: x [N, inputs] and weight [outputs, inputs] give [N, outputs].
 * @param rate begins with p and scale
 * @throws ShapeError when inner sizes differ
 */
export function dropConnect(x: Operand, weight: Operand, counter: RngState, rate: Operand): Operand {
  requireFloat("dropConnect", "x", x);
  requireFloat("dropConnect", "weight", weight);
  const [samples, inputs] = matrixExtents("dropConnect", x);
  const [outputs, inner] = matrixExtents("dropConnect", weight);
  if (inner !== inputs) throw new ShapeError(`dropConnect: inner sizes must agree; got x ${x} and weight ${weight}`);
  const mask = keepMask(samples * outputs * MASK_WORD * Math.ceil(inputs / MASK_WORD), counter, rate);
  const sizes = [samples, outputs, inputs] as const;
  const flops = 2 * samples * outputs * inputs;
  const gradient = (
    kernel: "maskedProductByInput" | "maskedProductByWeight",
    dOut: Operand,
    other: Operand,
  ): Operand => {
    const [shape, terms] =
      kernel === "maskedProductByInput" ? ([x.shape, outputs] as const) : ([weight.shape, samples] as const);
    return new Operand(kernel, shape, [dOut, other, mask, rate], {
      calls: (out, { workspace }) => [call(kernel, dOut, other, mask, rate, out, workspace, ...sizes)],
      workspace: roomForTotals(terms, sizeOf(shape)),
      flops,
    });
  };
  return new Operand("maskedProduct", [samples, outputs], [x, weight, mask, rate], {
    calls: (out) => [call("maskedProduct", x, weight, mask, rate, out, ...sizes)],
    gradient: (dOut) => [
      gradient("maskedProductByInput", dOut, weight),
      gradient("maskedProductByWeight", dOut, x),
      null,
      null,
    ],
    flops,
  });
}
