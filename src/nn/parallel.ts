import { ShapeError, requireDim, requireKnown, requireOneOf, shown } from "../base/errors.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { concatenate } from "../ops/shape/slice.ts";
import { sameShape } from "../base/tensor.ts";
import { Module, requireModule } from "./module/module.ts";

export interface ParallelOptions {
  /** `concatenate` (where left out): one result after the other along `dim`; `sum`: results of one shape, added. */
  readonly combine?: "concatenate" | "sum";
  /** The axis along which results are concatenated; 1 where left out, counted from the last where below 0. */
  readonly dim?: number;
}

/**
 * Several branches that take the same input; their results side by side, or added.
 *
 * Shape: results agree in every extent but that of `dim`, or, where they are added, in all. State names are the branches'
 * positions: `0.weight`, `1.0.bias`.
 * Source: Szegedy et al. 2015, https://arxiv.org/abs/1409.4842
 *
 * @throws TypeError when there is no branch, one is no module, or an option is unknown
 * @throws RangeError when combine is unknown, or dim is no whole number
 */
export class Parallel extends Module<number, number> {
  readonly branches: readonly Module[];
  readonly combine: "concatenate" | "sum";
  readonly dim: number;

  constructor(branches: readonly Module[], options: ParallelOptions = {}) {
    super();
    if (!Array.isArray(branches) || branches.length === 0) {
      const got = Array.isArray(branches) ? "none" : shown(branches);
      throw new TypeError(`parallel: there must be an array of at least one branch; got ${got}`);
    }
    branches.forEach((branch, i) => requireModule("parallel", `branch ${i}`, branch));
    requireKnown("parallel", options, ["combine", "dim"]);
    const { combine = "concatenate", dim = 1 } = options;
    requireOneOf("parallel", "combine", combine, ["concatenate", "sum"]);
    requireDim("parallel", "dim", dim);
    this.branches = [...branches];
    this.combine = combine;
    this.dim = dim;
  }

  override forward(x: Operand): Operand {
    const results = this.branches.map((branch) => branch.call(x));
    if (this.combine === "concatenate") return concatenate(results, this.dim);
    return results.reduce((sum, result) => {
      if (sameShape(sum.shape, result.shape)) return add(sum, result);
      throw new ShapeError(`parallel: results that are added must have one shape; got ${sum} and ${result}`);
    });
  }

  override namedChildren(): [string, Module][] {
    return this.branches.map((branch, i) => [String(i), branch]);
  }

  override describe(): string {
    return `parallel of ${this.branches.length}, ${this.combine === "sum" ? "added" : `side by side along ${this.dim}`}`;
  }
}

/** Several branches that take the same input; see {@link Parallel}. */
export function parallel(branches: readonly Module[], options?: ParallelOptions): Parallel {
  return new Parallel(branches, options);
}
