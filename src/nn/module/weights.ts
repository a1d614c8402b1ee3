import { requireArray, requireOneOf, shown } from "../../base/errors.ts";
import { WEIGHT_FORMATS, type WeightFormat, type Weights } from "../../graph/weights.ts";
import type { ModuleLike } from "./module-like.ts";

/** How programs of evaluation mode hold weights. */
export interface WeightOptions {
  /** The format of the weights of products: linear, recurrent and attention layers, convolutions. Default: "float32". */
  readonly weights?: WeightFormat;
  /** Paths of layers whose weights stay float32, as `["0", "encoder.attention"]`; layers in them too. Default: none. */
  readonly keep?: readonly string[];
}

/**
 * Requires a known format, and an array of paths.
 * @throws RangeError when the format is unknown
 * @throws TypeError when `keep` is not an array of strings
 */
export function requireWeightOptions(where: string, { weights = "float32", keep = [] }: WeightOptions): void {
  requireOneOf(where, "weights", weights, WEIGHT_FORMATS);
  requireArray(where, "keep", keep);
  const wrong = keep.find((path) => typeof path !== "string");
  if (wrong !== undefined) throw new TypeError(`${where}: keep must have paths of layers; got ${shown(wrong)}`);
}

/**
 * How operations of a trace of `module` hold weights.
 * @throws RangeError when the format is unknown, or `keep` has a path that no layer of the module has
 * @throws TypeError when `keep` is not an array of strings
 */
export function weightsOf(where: string, module: ModuleLike, options: WeightOptions): Weights {
  requireWeightOptions(where, options);
  const { weights: format = "float32", keep = [] } = options;
  const layers = module.namedModules();
  const unknown = keep.find((kept) => !layers.some(([path]) => path === kept));
  if (unknown !== undefined) {
    const known = layers.map(([path]) => shown(path)).join(", ");
    throw new RangeError(`${where}: keep must have paths of layers, which are ${known}; got ${shown(unknown)}`);
  }
  const labels = module.paths();
  const isKept = (path: string): boolean => keep.some((kept) => isWithin(path, kept));
  const kept = layers.flatMap(([path, layer]) => (isKept(path) ? [labels.get(layer) ?? ""] : []));
  return { format, kept: new Set(kept), steady: true };
}

function isWithin(path: string, outer: string): boolean {
  return outer === "" || path === outer || path.startsWith(`${outer}.`);
}
