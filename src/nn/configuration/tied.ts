import { FormatError } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import { type Dtype, sameShape } from "../../base/tensor.ts";
import { Variable } from "../../memory/variable.ts";
import { namedMembers, replaceMembers } from "../module/members.ts";
import type { Module } from "../module/module.ts";
import { stateOf } from "../module/state.ts";

/**
 * The names of each parameter or buffer that has several.
 * @throws TypeError when modules share one otherwise than as a property or in an array there
 */
export function tiedIn(where: string, model: Module): readonly (readonly string[])[] {
  const groups = new Map<Variable<Dtype>, string[]>();
  for (const [name, variable] of stateOf(model)) {
    const names = groups.get(variable);
    if (names) names.push(name);
    else groups.set(variable, [name]);
  }
  const owners = new Map<Variable<Dtype>, Module>();
  for (const module of model.modules()) {
    for (const [, variable] of module.namedState()) {
      const first = owners.get(variable) ?? module;
      owners.set(variable, first);
      if (first === module || [first, module].every((owner) => isMember(owner, variable))) continue;
      throw new TypeError(
        `${where}: what modules share must be a property, or in an array that is one; got ${groups.get(variable)?.join(" and ")}`,
      );
    }
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/**
 * Makes the variables with these names one again, unless they are.
 * @throws FormatError when a name is unknown, or shapes or dtypes differ
 */
export function tie(where: string, model: Module, groups: readonly (readonly string[])[]): void {
  const state = new Map(stateOf(model));
  const replacements = new Map<unknown, object>();
  for (const [firstName = "", ...names] of groups) {
    const first = state.get(firstName);
    for (const name of names) {
      const other = state.get(name);
      if (!first || !other || !sameShape(first.shape, other.shape) || first.dtype !== other.dtype) {
        throw new FormatError(
          `${where}: tied parameters must be in the model with one shape; got ${visible(`${firstName} and ${name}`)}`,
        );
      }
      if (other !== first) replacements.set(other, first);
    }
  }
  if (replacements.size === 0) return;
  for (const module of model.modules()) replaceMembers(module, replacements);
  const after = new Map(stateOf(model));
  const loose = groups.find(([first = "", ...names]) => names.some((name) => after.get(name) !== after.get(first)));
  if (loose)
    throw new FormatError(`${where}: tied parameters must be writable properties; got ${visible(loose.join(" and "))}`);
}

function isMember(module: Module, variable: Variable<Dtype>): boolean {
  return namedMembers<object>(module, Variable).some(([, member]) => member === variable);
}
