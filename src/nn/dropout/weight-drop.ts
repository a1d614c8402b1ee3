import { shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { maskRate } from "./adjustable.ts";
import { namedMembers, withReplaced } from "../module/members.ts";
import { type Module, requireModule } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Size } from "../module/sized.ts";
import { made } from "../configuration/made.ts";

/**
 * Drops weights of a layer while training, with one mask for all samples, new at every step: the layer uses
 * W * mask / (1 - p) in place of W; in evaluation the layer is unchanged.
 *
 * Shape: as the layer. State names are those of the layer, without a prefix.
 * Advice: p = 0.5 on the hidden-to-hidden weights of an LSTM (AWD-LSTM).
 * Source: Merity et al. 2017, https://arxiv.org/abs/1708.02182
 *
 * @param names names of parameters in the layer's state dict: `["weight_hh_l0"]`
 * @param p probability that a weight is dropped, in [0, 1]
 * @throws RangeError when p is outside [0, 1]
 * @throws TypeError when a name is not that of a parameter, or no module has the parameter in a property or in an array there
 */
export class WeightDrop<In extends Size = Size, Out extends Size = Size> extends RandomLayer<In, Out> {
  constructor(
    readonly layer: Module<In, Out>,
    readonly names: readonly string[],
    p = 0.5,
  ) {
    requireModule("weightDrop", "the layer", layer);
    if (!Array.isArray(names) || names.length === 0) {
      throw new TypeError(`weightDrop: names must be an array of at least one; got ${shown(names)}`);
    }
    super(p, (rate) => maskRate("weightDrop", rate));
    ownersOf(layer, names);
  }

  override forward(...inputs: readonly Operand[]): Operand {
    if (!this.training) return this.layer.call(...inputs);
    // At each trace, because parameters may have been replaced.
    const owners = ownersOf(this.layer, this.names);
    const masked = new Map(owners.map(({ parameter }) => [parameter, this.dropped(parameter)]));
    const describe = owners.reduceRight(
      (inner, { module, parameter }) =>
        () =>
          withReplaced(module, parameter, masked.get(parameter) ?? parameter, inner),
      () => this.layer.call(...inputs),
    );
    return describe();
  }

  /** The operand that replaces a parameter while training. */
  protected dropped(parameter: Parameter): Operand {
    return dropout(parameter, this.counter, this.rate);
  }

  override namedChildren(): [string, Module][] {
    return [["", this.layer]];
  }

  override configuration(): readonly unknown[] {
    return made(weightDrop, this.layer, this.names, this.p);
  }

  override describe(): string {
    return `weightDrop ${this.p} of ${this.names.join(", ")}`;
  }
}

/** A parameter, and a module that has it as a member. */
interface Owner {
  readonly module: Module;
  readonly parameter: Parameter;
}

/** The parameters with these names, each with every module that has it as a member. */
function ownersOf(layer: Module, names: readonly string[]): Owner[] {
  const parameters = new Map(layer.namedParameters());
  const owners = new Map<Parameter, Set<Module>>();
  for (const module of layer.modules()) {
    for (const [, parameter] of namedMembers(module, Parameter)) {
      owners.set(parameter, (owners.get(parameter) ?? new Set()).add(module));
    }
  }
  return names.flatMap((name) => {
    const parameter = parameters.get(name);
    if (!parameter) {
      throw new TypeError(`weightDrop: names must be among ${[...parameters.keys()].join(", ")}; got ${name}`);
    }
    const modules = owners.get(parameter);
    if (!modules) {
      throw new TypeError(`weightDrop: ${layer.describe()} must have ${name} in a property, or in an array there`);
    }
    return [...modules].map((module) => ({ module, parameter }));
  });
}

/**
 * Drops the weights with these state-dict names with probability p while training:
 * `weightDrop(nn.lstm(64, 64), ["weight_hh_l0"])`; see {@link WeightDrop}. Default of p: 0.5.
 */
export function weightDrop<In extends Size, Out extends Size>(
  layer: Module<In, Out>,
  names: readonly string[],
  p?: number,
): WeightDrop<In, Out> {
  return new WeightDrop(layer, names, p);
}
