import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { sizeOf } from "../../base/tensor.ts";
import { requireFloat } from "../check.ts";
import { broadcast, sumRows } from "../reduction/reduction.ts";
import { reshape } from "../shape/view.ts";

/**
 * x where x > 0, else slopes * x.
 *
 * Shape: x [N, C, ...] with one slope, or with one for each channel, gives the shape of x.
 * @throws ShapeError when there is another number of slopes
 */
export function prelu(x: Operand, slopes: Operand): Operand {
  requireFloat("prelu", "x", x);
  requireFloat("prelu", "slopes", slopes);
  const [rows = 1, channels = 1, ...rest] = x.shape;
  if (slopes.size !== 1 && (slopes.size !== channels || x.shape.length < 2)) {
    throw new ShapeError(`prelu: there must be one slope, or one for each channel of x; got ${slopes} for ${x}`);
  }
  const columns = sizeOf(x.shape.slice(1));
  const length = slopes.size === 1 ? columns : sizeOf(rest);
  const slopeRow = reshape(broadcast(reshape(slopes, [slopes.size, 1]), [slopes.size, length]), [columns]);
  return new Operand("prelu", x.shape, [x, slopeRow], {
    calls: (out) => [call("prelu", x, slopeRow, out, rows, columns)],
    gradient: (dOut) => {
      const dx = new Operand("preluGradient", x.shape, [dOut, x, slopeRow], {
        calls: (out) => [call("preluGradient", dOut, x, slopeRow, out, rows, columns)],
        overwrites: [0, 1],
      });
      const terms = new Operand("preluSlopeTerms", [rows, columns], [dOut, x], {
        calls: (out) => [call("preluSlopeTerms", dOut, x, out, x.size)],
        overwrites: [0, 1],
        elementwise: true,
      });
      return [dx, sumRows(terms)];
    },
    overwrites: [0],
  });
}
