import { MultiheadAttention } from "./attention.ts";
import { ConvTranspose2d, Convolution } from "./convolution.ts";
import { Linear } from "./linear.ts";
import type { Module } from "./module/module.ts";
import type { Parameter } from "./module/parameter.ts";
import { Recurrent } from "./recurrent/base.ts";

/**
 * The parameters that a model only multiplies by, in products and convolutions, with the axis of their output channels: those
 * that small formats hold. A parameter that another layer reads too, as an embedding does, is not among them.
 * @param isKept whether the parameters of a module are left out. Default: of none.
 */
export function productWeights(
  model: Module,
  isKept: (module: Module) => boolean = () => false,
): ReadonlyMap<Parameter, number> {
  const modules = model.modules();
  const found = new Map(modules.flatMap((module) => (isKept(module) ? [] : weightsOf(module))));
  for (const module of modules) {
    const own = isKept(module) ? new Map() : new Map(weightsOf(module));
    for (const [, each] of module.namedState()) if (!own.has(each)) found.delete(each as Parameter);
  }
  return found;
}

function weightsOf(module: Module): (readonly [Parameter, channels: number])[] {
  if (module instanceof Linear) return [[module.weight, 0]];
  if (module instanceof Convolution) return [[module.weight, module instanceof ConvTranspose2d ? 1 : 0]];
  if (module instanceof MultiheadAttention) return module.inProjWeights.map((weight) => [weight, 0]);
  if (module instanceof Recurrent) {
    return module.weights.filter(({ shape }) => shape.length > 1).map((weight) => [weight, 0]);
  }
  return [];
}
