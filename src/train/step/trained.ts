import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { type Loss, type Module, Parameter } from "../../nn/index.ts";
import type { Member } from "../../optim/group.ts";

/**
 * The members that a step changes: those that the model holds now and that are not frozen.
 * @throws TypeError when there are none, or the model has learnable parameters that are no members
 */
export function trainedMembers(model: Module, members: readonly Member[]): readonly Member[] {
  const known = new Set(members.map(({ parameter }) => parameter));
  const named = model.namedParameters();
  const stranger = named.find(([, parameter]) => parameter.requiresGrad && !known.has(parameter));
  if (stranger) {
    throw new TypeError(
      `trainer: every parameter must be one that the optimizer was made for; got "${stranger[0]}" that is not, so make a new Trainer`,
    );
  }
  const held = new Set(named.map(([, parameter]) => parameter));
  const trained = members.filter(({ parameter }) => parameter.requiresGrad && held.has(parameter));
  requireLearnable(trained.map(({ parameter }) => parameter));
  return trained;
}

/** Refuses parameters of which all are frozen. */
export function requireLearnable(parameters: readonly Parameter[]): void {
  if (parameters.some(({ requiresGrad }) => requiresGrad)) return;
  throw new TypeError("trainer: at least one parameter of the model must not be frozen; got none with requiresGrad");
}

/** Refuses a loss that follows from parameters which can be learned, but which no trainer of this model learns. */
export function requireOwnParameters(model: Module, loss: Loss, error: Operand): void {
  const own = new Set<Operand>(model.parameters());
  const stranger = executionOrder([error]).find(
    (operand) => operand instanceof Parameter && operand.requiresGrad && !own.has(operand),
  );
  if (!stranger) return;
  const [name] = loss.namedParameters().find(([, parameter]) => parameter === stranger) ?? [];
  throw new TypeError(
    `trainer: every parameter that the loss uses must be one of the model, or be frozen by requiresGrad = false; got ${name === undefined ? stranger : `"loss.${name}"`} that is neither`,
  );
}

/** Which parameters of a model and its loss are frozen, as a word; "" where none is. */
export function frozenIn(model: Module, loss: Loss): string {
  const parameters = [...model.parameters(), ...loss.parameters()];
  if (parameters.every(({ requiresGrad }) => requiresGrad)) return "";
  return parameters.map(({ requiresGrad }) => (requiresGrad ? "t" : "f")).join("");
}
