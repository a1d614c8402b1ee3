import { namedMembers } from "./members.ts";
import type { ModuleLike } from "./module-like.ts";
import { Parameter } from "./parameter.ts";

/** ` (frozen)` if no own parameter of a module is learned, ` (partly frozen)` if some are not, else "". */
export function frozen(module: ModuleLike): string {
  const parameters = namedMembers(module, Parameter);
  const learned = parameters.filter(([, { requiresGrad }]) => requiresGrad).length;
  if (learned === parameters.length) return "";
  return learned === 0 ? " (frozen)" : " (partly frozen)";
}
