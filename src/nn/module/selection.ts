import { shown } from "../../base/errors.ts";
import { Parameter } from "./parameter.ts";

/** Some of a model's parameters: those in a list, or those of which a function says so. */
export type Selection = readonly Parameter[] | ((name: string, parameter: Parameter) => boolean);

/** A parameter, and its name in its model. */
export type Named = readonly [name: string, parameter: Parameter];

/** Refuses what selects nothing that it could be asked for. */
export function requireSelection(where: string, selection: Selection): void {
  if (typeof selection === "function" || Array.isArray(selection)) return;
  throw new TypeError(`${where}: parameters must be a function or an array; got ${shown(selection)}`);
}

/**
 * Those of a model's parameters that are selected.
 * @throws TypeError when one in a list is not the model's
 */
export function selected(where: string, parameters: readonly Named[], selection: Selection): Named[] {
  if (typeof selection === "function") return parameters.filter(([name, parameter]) => selection(name, parameter));
  const stranger = selection.findIndex((each) => !parameters.some(([, parameter]) => parameter === each));
  if (stranger < 0) return parameters.filter(([, parameter]) => selection.includes(parameter));
  const each: unknown = selection[stranger];
  const got = each instanceof Parameter ? String(each) : shown(each);
  throw new TypeError(`${where}: parameters must be the model's; got ${got} that is not`);
}
