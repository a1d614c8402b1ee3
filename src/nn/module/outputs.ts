import { isRecord } from "../../base/record.ts";
import { shown } from "../../base/shown.ts";
import type { Tensor } from "../../base/tensor.ts";
import { Operand } from "../../graph/operand.ts";

/** What `forward` of a module returns: one operand, or several by name. */
export type Outputs = Operand | Readonly<Record<string, Operand>>;

/** A module as far as its outputs go. */
interface WithForward {
  // eslint-disable-next-line @typescript-eslint/method-signature-style
  forward(...inputs: readonly (Operand | undefined)[]): Outputs;
}

/**
 * What `call` of a module gives: operands by name if its `forward` returns them. A variable of type `Module` counts as a
 * module with one output.
 */
export type OutputsOf<M extends WithForward> =
  Extract<ReturnType<M["forward"]>, Operand> extends never ? ReturnType<M["forward"]> : Operand;

/** What `predict` of a module gives: a tensor, or one for each name if its `forward` returns operands by name. */
export type Prediction<M extends WithForward> =
  Extract<ReturnType<M["forward"]>, Operand> extends never
    ? { readonly [Name in keyof ReturnType<M["forward"]>]: Tensor<"float32"> }
    : Tensor<"float32">;

/** The operands that a module returned, in order. */
export function operandsOf(outputs: Outputs): readonly Operand[] {
  return outputs instanceof Operand ? [outputs] : Object.values(outputs);
}

/** Their names; undefined if there is one without a name. */
export function namesOf(outputs: Outputs): readonly string[] | undefined {
  return outputs instanceof Operand ? undefined : Object.keys(outputs);
}

/** Whether a value is an object of operands by name, at least one. */
export function isNamed(value: unknown): value is Readonly<Record<string, Operand>> {
  if (!isRecord(value)) return false;
  const members: unknown[] = Object.values(value);
  return members.length > 0 && members.every((each) => each instanceof Operand);
}

/**
 * The only output of a module.
 * @param what the module in errors, `the model`
 * @throws TypeError when it has several, or one by name
 */
export function onlyOutput(where: string, what: string, outputs: Outputs): Operand {
  if (outputs instanceof Operand) return outputs;
  throw new TypeError(
    `${where}: ${what} must give one operand; got ${Object.keys(outputs).map(shown).join(", ")} (a module around it may return one of them)`,
  );
}
