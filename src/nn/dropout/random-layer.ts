import { nextRngState } from "../../runtime/random.ts";
import { Adjustable } from "./adjustable.ts";
import { Module } from "../module/module.ts";
import type { Size } from "../module/sized.ts";

/** A layer that is random while training, at a rate that may change between steps. */
export abstract class RandomLayer<In extends Size = "same", Out extends Size = In> extends Module<In, Out> {
  /** State of the layer's random numbers, its stream and step, for `ops.dropout` and related operations. */
  protected readonly counter = nextRngState();
  /** The rate as kernels read it. */
  protected readonly rate: Adjustable;

  /** @param encode gives the numbers that kernels read for a rate; throws when the rate is not allowed */
  constructor(p: number, encode: (p: number) => readonly number[]) {
    super();
    this.rate = new Adjustable(p, encode);
  }

  /** The rate. A new value takes effect at the next step, without a new trace. */
  get p(): number {
    return this.rate.value;
  }

  set p(p: number) {
    this.rate.value = p;
  }
}
