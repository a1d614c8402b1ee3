import type { Operand } from "../graph/operand.ts";
import { Module, requireModule } from "./module/module.ts";
import type { FirstIn, Fitting, LastOut } from "./module/sized.ts";
import { made } from "./configuration/made.ts";

/**
 * Applies layers in order: the output of each is the input of the next.
 *
 * State names: the indices of the layers, `0.weight`, `2.bias`.
 */
export class Sequential<Layers extends readonly Module[] = readonly Module[]> extends Module<
  FirstIn<Layers>,
  LastOut<Layers>
> {
  readonly layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    layers.forEach((layer, i) => requireModule("sequential", `layer ${i}`, layer));
    this.layers = layers;
  }

  override forward(x: Operand): Operand {
    return this.layers.reduce((value, layer) => layer.call(value), x);
  }

  override namedChildren(): [string, Module][] {
    return this.layers.map((layer, i) => [String(i), layer]);
  }

  override configuration(): readonly unknown[] {
    return made<(...layers: Module[]) => Module>(sequential, ...this.layers);
  }

  override describe(): string {
    return `sequential of ${this.layers.length}`;
  }
}

/**
 * Applies layers in order. If sizes are literals, adjoining layers are checked at compile time:
 * `sequential(linear(784, 512), linear(500, 10))` is a type error that names both sizes.
 */
export function sequential<const Layers extends readonly Module[]>(
  ...layers: Layers & Fitting<Layers>
): Sequential<Layers> {
  return new Sequential<Layers>(...layers);
}
