import type { Operand } from "../../graph/operand.ts";

/** An attribute of an operation that is a number. */
export function numberOf({ operation, rule }: Operand, name: string): number {
  const value = rule.attributes?.[name];
  if (typeof value === "number") return value;
  throw new Error(`exportOnnx: ${operation} must have the number ${name}; got ${String(value)}`);
}

/** An attribute that is a list of numbers. */
export function numbersOf({ operation, rule }: Operand, name: string): readonly number[] {
  const value = rule.attributes?.[name];
  if (typeof value === "object") return value;
  throw new Error(`exportOnnx: ${operation} must have the numbers ${name}; got ${String(value)}`);
}

/** An attribute that is true or false. Default: false. */
export function isSet({ rule }: Operand, name: string): boolean {
  return rule.attributes?.[name] === true;
}

/** Input i of an operand. */
export function inputOf({ operation, inputs }: Operand, i: number): Operand {
  const input = inputs[i];
  if (input) return input;
  throw new Error(`exportOnnx: ${operation} must have input ${i}; got ${inputs.length} inputs`);
}
