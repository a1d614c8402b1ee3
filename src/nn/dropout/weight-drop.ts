import { shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { dropout } from "../../ops/dropout/dropout.ts";
import { droppingNumbers } from "./adjustable.ts";
import { namedMembers, withReplaced } from "../module/members.ts";
import { type Module, requireModule } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";
import { RandomLayer } from "./random-layer.ts";
import type { Size } from "../module/sized.ts";

/**
 * A layer some of whose weights are dropped while training, by one mask for all samples, new at every step: it computes
 * with W * mask / (1 - p) in place of W; in evaluation it is the layer itself.
 *
 * Shape: as the layer. State names are those of the layer, as if it stood here alone.
 * Advice: p = 0.5 on the weights from hidden state to hidden state of an LSTM (AWD-LSTM).
 * Source: Merity et al. 2017, https://arxiv.org/abs/1708.02182
 *
 * @param names of parameters, as the layer's state dict has them: `["weight_hh_l0"]`
 * @param p probability that a weight is dropped, in [0, 1]
 * @throws RangeError when p is outside [0, 1]
 * @throws TypeError when a name is not that of a parameter, or nothing holds the parameter in a property or an array there
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
    super(p, (rate) => droppingNumbers("weightDrop", rate));
    placesOf(layer, names);
  }

  override forward(...inputs: readonly Operand[]): Operand {
    if (!this.training) return this.layer.call(...inputs);
    // Looked for at each trace: parameters may have been replaced.
    const places = placesOf(this.layer, this.names);
    const masked = new Map(places.map(({ parameter }) => [parameter, this.dropped(parameter)]));
    const describe = places.reduceRight(
      (inner, { module, parameter }) =>
        () =>
          withReplaced(module, parameter, masked.get(parameter) ?? parameter, inner),
      () => this.layer.call(...inputs),
    );
    return describe();
  }

  /** What stands in the place of a parameter. */
  protected dropped(parameter: Parameter): Operand {
    return dropout(parameter, this.counter, this.rate);
  }

  override namedChildren(): [string, Module][] {
    return [["", this.layer]];
  }

  override describe(): string {
    return `weightDrop ${this.p} of ${this.names.join(", ")}`;
  }
}

interface Place {
  readonly module: Module;
  readonly parameter: Parameter;
}

/** The parameters of these names, with each module that holds them. */
function placesOf(layer: Module, names: readonly string[]): Place[] {
  const parameters = new Map(layer.namedParameters());
  return names.flatMap((name) => {
    const parameter = parameters.get(name);
    if (!parameter) {
      throw new TypeError(`weightDrop: names must be among ${[...parameters.keys()].join(", ")}; got ${name}`);
    }
    const holders = layer
      .modules()
      .filter((module) => namedMembers(module, Parameter).some(([, each]) => each === parameter));
    if (holders.length === 0) {
      throw new TypeError(`weightDrop: ${layer.describe()} must hold ${name} in a property, or in an array there`);
    }
    return holders.map((module) => ({ module, parameter }));
  });
}

/**
 * A layer of which the weights of these names, as its state dict has them, are dropped with probability p, 0.5 where left
 * out, while training: `weightDrop(nn.lstm(64, 64), ["weight_hh_l0"])`; see {@link WeightDrop}.
 */
export function weightDrop<In extends Size, Out extends Size>(
  layer: Module<In, Out>,
  names: readonly string[],
  p?: number,
): WeightDrop<In, Out> {
  return new WeightDrop(layer, names, p);
}
