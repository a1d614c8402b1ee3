/** The search for the operation that made a result NaN or infinite. */
import { Input, type Operand } from "../graph/operand.ts";
import { conditionsOf } from "../graph/order.ts";
import { isView, viewSource } from "../graph/view.ts";
import { Variable } from "../memory/variable.ts";
import type { Binding } from "./binding.ts";
import type { PlacedStep } from "./schedule.ts";

/** A number of an operand that is NaN or infinite. */
export interface NonFinite {
  readonly operand: Operand;
  readonly index: number;
  readonly value: number;
}

/** What is known of an operand: a number that is not finite, or that all are finite. */
type Finding = NonFinite | "finite";

/**
 * Runs the calls one by one until `result` is computed, and follows the numbers that are not finite from it back to where
 * they first appeared: an operation whose inputs are finite, an input of the program or a variable. undefined if `result`
 * is finite.
 * @param order every operand in the order of execution
 * @param steps the steps of the binding without effects, in their order
 */
export function findNonFinite(
  result: Operand,
  order: readonly Operand[],
  steps: readonly PlacedStep[],
  binding: Binding,
): NonFinite | undefined {
  const findings = new Map<Operand, Finding>();
  const look = (operand: Operand): void => {
    // Numbers are looked at once: their memory may be overwritten after their last use. A skipped operation has none.
    if (findings.has(operand) || !hasNumbers(operand)) return;
    const isSkipped = isView(operand) && findings.get(viewSource(operand)) === "finite";
    findings.set(operand, isSkipped ? "finite" : nonFiniteIn(operand, binding));
  };
  for (const operand of order) if (operand instanceof Variable || operand instanceof Input) look(operand);
  let next = 0;
  for (const { operand, calls } of steps) {
    const own = binding.runner.calls.slice(next, (next += calls.length));
    if (conditionsOf(operand).some((condition) => binding.numbers(condition)[0] === 0)) {
      findings.set(operand, "finite");
      continue;
    }
    operand.inputs.forEach(look);
    for (const call of own) call();
    look(operand);
    if (operand === result) break;
  }
  look(result);
  return originOf(result, findings);
}

/** Whether the numbers of an operand can be checked: floats in a layout that is not private to its readers. */
function hasNumbers({ dtype, rule }: Operand): boolean {
  return dtype === "float32" && !rule.opaque;
}

/** The first NaN or, without one, the first infinite number. */
function nonFiniteIn(operand: Operand, binding: Binding): Finding {
  const values = binding.numbers(operand);
  const firstNaN = values.findIndex((value: number) => Number.isNaN(value));
  const index = firstNaN >= 0 ? firstNaN : values.findIndex((value: number) => !Number.isFinite(value));
  if (index < 0 || (firstNaN < 0 && isConstant(operand))) return "finite";
  return { operand, index, value: values[index] ?? NaN };
}

/** Whether the numbers were written down in the model: infinite ones are so on purpose, as in masks of attention. */
function isConstant(operand: Operand): boolean {
  return operand.inputs.length === 0 && !(operand instanceof Variable) && !(operand instanceof Input);
}

/** The end of the path from `result` through operands that are not finite. A NaN is followed rather than an infinite number. */
function originOf(result: Operand, findings: ReadonlyMap<Operand, Finding>): NonFinite | undefined {
  let origin: NonFinite | undefined;
  let causes = causesOf([result], findings);
  while (causes.length > 0) {
    const first = causes.toSorted((a, b) => a.operand.id - b.operand.id);
    origin = first.find(({ value }) => Number.isNaN(value)) ?? first[0];
    causes = origin ? causesOf(origin.operand.inputs, findings) : [];
  }
  return origin;
}

/** What is not finite among operands; the inputs of one of which nothing is known take its place. */
function causesOf(operands: readonly Operand[], findings: ReadonlyMap<Operand, Finding>): NonFinite[] {
  return operands.flatMap((operand) => {
    const finding = findings.get(operand);
    if (finding === "finite") return [];
    return finding ?? causesOf(operand.inputs, findings);
  });
}
