/** Runs that look at every number: the `debug` setting. */
import { NonFiniteError } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { conditionsOf } from "../graph/order.ts";
import { Variable } from "../memory/variable.ts";
import type { Binding } from "./binding.ts";
import type { PlacedStep } from "./schedule.ts";

/**
 * Runs the calls one by one. Checks variables before the run, every result, and what effects wrote.
 * @param steps the steps of the binding, in their order
 * @throws NonFiniteError at the first number that is NaN or infinite, naming operation and layer
 */
export function runWatched(
  order: readonly Operand[],
  steps: readonly PlacedStep[],
  effects: ReadonlySet<Operand>,
  binding: Binding,
): void {
  for (const operand of order) if (operand instanceof Variable) checkFinite(operand, binding);
  let next = 0;
  for (const { operand, calls } of steps) {
    const isRun = conditionsOf(operand).every((condition) => binding.numbers(condition)[0] !== 0);
    const own = binding.runner.calls.slice(next, (next += calls.length));
    if (!isRun) continue;
    for (const call of own) call();
    checkFinite(operand, binding);
    if (effects.has(operand)) operand.inputs.forEach((input) => checkFinite(input, binding));
  }
}

/** Checks the numbers of an operand, unless their layout is private to its readers. */
function checkFinite(operand: Operand, binding: Binding): void {
  const { dtype, rule, label, layer } = operand;
  if (dtype !== "float32" || rule.opaque) return;
  const values = binding.numbers(operand);
  const wrong = values.findIndex((value: number) => !Number.isFinite(value));
  if (wrong < 0) return;
  const origin = layer === "" ? "" : ` (in ${layer})`;
  throw new NonFiniteError(`${label}: every value must be finite; got ${values[wrong]} at index ${wrong}${origin}`);
}
