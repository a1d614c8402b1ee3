import { requireInstance } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { withinPart } from "../../graph/scope.ts";
import type { ModuleLike } from "./module-like.ts";
import { type Outputs, isNamed } from "./outputs.ts";

/**
 * Calls `forward` of a module; its operands and errors carry the path of the module.
 * @throws TypeError when `forward` is not a function, or the first input or the result is neither an operand nor an object of
 * operands by name
 */
export function callForward(module: ModuleLike, inputs: readonly (Operand | undefined)[]): Outputs {
  return withinPart(module, () => {
    if (typeof module.forward !== "function") {
      throw new TypeError(`${module.describe()}: forward must be a function; got ${typeof module.forward}`);
    }
    // The other inputs may be optional.
    if (inputs.length > 0) requireOperand(module, "the input", inputs[0]);
    const out: unknown = module.forward(...inputs);
    if (isNamed(out)) return out;
    requireOperand(module, "the result of forward", out);
    return out;
  });
}

function requireOperand(module: ModuleLike, what: string, given: unknown): asserts given is Operand {
  if (given instanceof Operand) return;
  requireInstance(module.describe(), what, given, Operand, "an operand, as functions of ops give");
}
