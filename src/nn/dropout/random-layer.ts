import { nextRngState } from "../../runtime/random.ts";
import { Adjustable } from "./adjustable.ts";
import { Module } from "../module/module.ts";
import type { Size } from "../module/sized.ts";

/** A layer that draws at random while training, at a rate that may change from step to step. */
export abstract class RandomLayer<In extends Size = "same", Out extends Size = In> extends Module<In, Out> {
  /** Names its draws, a stream of its own and the step, for `ops.dropout` and its relatives. */
  protected readonly counter = nextRngState();
  /** What kernels read for the rate. */
  protected readonly rate: Adjustable;

  /** @param numbersOf what kernels read for a rate; it throws when the rate is not allowed */
  constructor(p: number, numbersOf: (p: number) => readonly number[]) {
    super();
    this.rate = new Adjustable(p, numbersOf);
  }

  /** The rate; what it is set to counts from the next step on, and nothing is traced anew. */
  get p(): number {
    return this.rate.value;
  }

  set p(p: number) {
    this.rate.value = p;
  }
}
