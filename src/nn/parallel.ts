import { ShapeError, requireDim, requireOneOf, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { add } from "../ops/elementwise/arithmetic.ts";
import { concatenate } from "../ops/shape/slice.ts";
import { sameShape } from "../base/tensor.ts";
import { Module, requireModule } from "./module/module.ts";
import { onlyOutput } from "./module/outputs.ts";
import { made } from "./configuration/made.ts";

export interface ParallelOptions {
  /** `"concatenate"`: results are concatenated along `dim`; `"sum"`: they are added. Default: `"concatenate"`. */
  readonly combine?: "concatenate" | "sum";
  /** The axis along which results are concatenated; negative: counted from the end. Default: 1. */
  readonly dim?: number;
}

/**
 * Applies several branches to the same input and concatenates or adds their results.
 *
 * Shape: concatenated results may differ only along `dim`; added results have the same shape.
 * State names: the indices of the branches, `0.weight`, `1.0.bias`.
 * Source: Szegedy et al. 2015, https://arxiv.org/abs/1409.4842
 *
 * @throws TypeError when there is no branch, one is not a module, or an option is unknown
 * @throws RangeError when combine is unknown, or dim is not a whole number
 */
export class Parallel extends Module<number, number> {
  readonly branches: readonly Module[];
  readonly combine: "concatenate" | "sum";
  readonly dim: number;

  constructor(branches: readonly Module[], options: ParallelOptions = {}) {
    super();
    if (!Array.isArray(branches) || branches.length === 0) {
      const got = Array.isArray(branches) ? "none" : shown(branches);
      throw new TypeError(`parallel: branches must be an array of at least one module; got ${got}`);
    }
    branches.forEach((branch, i) => requireModule("parallel", `branch ${i}`, branch));
    const { combine, dim } = withDefaults("parallel", options, { combine: "concatenate", dim: 1 });
    requireOneOf("parallel", "combine", combine, ["concatenate", "sum"]);
    requireDim("parallel", "dim", dim);
    this.branches = [...branches];
    this.combine = combine;
    this.dim = dim;
  }

  override forward(x: Operand): Operand {
    const results = this.branches.map((branch, i) => onlyOutput("parallel", `branch ${i}`, branch.call(x)));
    if (this.combine === "concatenate") return concatenate(results, this.dim);
    return results.reduce((sum, result) => {
      if (sameShape(sum.shape, result.shape)) return add(sum, result);
      throw new ShapeError(`parallel: added results must have the same shape; got ${sum} and ${result}`);
    });
  }

  override namedChildren(): [string, Module][] {
    return this.branches.map((branch, i) => [String(i), branch]);
  }

  override configuration(): readonly unknown[] {
    return made(parallel, this.branches, { combine: this.combine, dim: this.dim });
  }

  override describe(): string {
    return `parallel of ${this.branches.length}, ${this.combine === "sum" ? "added" : `concatenated along ${this.dim}`}`;
  }
}

/** Applies several branches to the same input and concatenates or adds their results. See {@link Parallel}. */
export function parallel(branches: readonly Module[], options?: ParallelOptions): Parallel {
  return new Parallel(branches, options);
}
