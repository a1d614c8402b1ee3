import { NonFiniteError } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import type { Dtype, Numbers } from "../base/tensor.ts";

/** @throws NonFiniteError when one of the numbers of an operand is NaN or infinite, though they mean something by themselves */
export function checkFinite({ dtype, rule, label, layer }: Operand, values: Numbers[Dtype]): void {
  if (dtype !== "float32" || rule.opaque) return;
  const wrong = values.findIndex((value: number) => !Number.isFinite(value));
  if (wrong < 0) return;
  const place = layer === "" ? "" : ` (in ${layer})`;
  throw new NonFiniteError(`${label}: every value must be finite; got ${values[wrong]} at index ${wrong}${place}`);
}
