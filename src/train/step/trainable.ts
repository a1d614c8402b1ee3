import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { type Module, Parameter } from "../../nn/index.ts";
import type { Member } from "../../optim/group.ts";

/**
 * The members that a step trains: those in the model at present that are not frozen.
 * @throws TypeError when there are none, or the model has a parameter that is not frozen and is no member
 */
export function trainedMembers(model: Module, members: readonly Member[]): readonly Member[] {
  const known = new Set(members.map(({ parameter }) => parameter));
  const named = model.namedParameters();
  const unknown = named.find(([, parameter]) => parameter.requiresGrad && !known.has(parameter));
  if (unknown) {
    throw new TypeError(
      `trainer: every parameter must be one that the optimizer was made for; got "${unknown[0]}" that is not, so make a new Trainer`,
    );
  }
  const current = new Set(named.map(([, parameter]) => parameter));
  const trained = members.filter(({ parameter }) => parameter.requiresGrad && current.has(parameter));
  requireTrainable(trained.map(({ parameter }) => parameter));
  return trained;
}

/** @throws TypeError when all parameters are frozen */
export function requireTrainable(parameters: readonly Parameter[]): void {
  if (parameters.some(({ requiresGrad }) => requiresGrad)) return;
  throw new TypeError("trainer: at least one parameter of the model must not be frozen; got none with requiresGrad");
}

/** @throws TypeError when the loss depends on a parameter that is not frozen and not of the model: nothing would train it */
export function requireModelParameters(model: Module, loss: Module, error: Operand): void {
  const parameters = new Set<Operand>(model.parameters());
  const other = executionOrder([error]).find(
    (operand) => operand instanceof Parameter && operand.requiresGrad && !parameters.has(operand),
  );
  if (!other) return;
  const [name] = loss.namedParameters().find(([, parameter]) => parameter === other) ?? [];
  throw new TypeError(
    `trainer: every parameter that the loss uses must be one of the model, or be frozen by requiresGrad = false; got ${name === undefined ? other : `"loss.${name}"`} that is neither`,
  );
}

/** Which parameters of a model and its loss are frozen, as a key of programs: a letter for each parameter. */
export function frozenKey(model: Module, loss: Module): string {
  return [...model.parameters(), ...loss.parameters()].map(({ requiresGrad }) => (requiresGrad ? "t" : "f")).join("");
}

/** The masks of members, as a key of programs. Masks that are in use have addresses of their own. */
export function masksKey(members: readonly Member[]): string {
  return members.map(({ parameter: { mask } }) => mask?.address ?? "").join();
}
