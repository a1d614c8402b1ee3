import { shown } from "../../base/errors.ts";
import { Parameter } from "./parameter.ts";

/** Some of a model's parameters: those in a list, or those for which a function returns true. */
export type Selection = readonly Parameter[] | ((name: string, parameter: Parameter) => boolean);

/** A parameter and its name in the model. */
export type Named = readonly [name: string, parameter: Parameter];

/** Requires a function or an array. */
export function requireSelection(where: string, selection: Selection): void {
  if (typeof selection === "function" || Array.isArray(selection)) return;
  throw new TypeError(`${where}: parameters must be a function or an array; got ${shown(selection)}`);
}

/**
 * The selected parameters.
 * @throws TypeError when one in a list is not a parameter of the model
 */
export function selected(where: string, parameters: readonly Named[], selection: Selection): Named[] {
  if (typeof selection === "function") return parameters.filter(([name, parameter]) => selection(name, parameter));
  const foreign = selection.findIndex((each) => !parameters.some(([, parameter]) => parameter === each));
  if (foreign < 0) return parameters.filter(([, parameter]) => selection.includes(parameter));
  const each: unknown = selection[foreign];
  const got = each instanceof Parameter ? String(each) : shown(each);
  throw new TypeError(`${where}: parameters must be parameters of the model; got ${got}, which is not`);
}
