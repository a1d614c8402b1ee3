import { requireKnown, requireOneOf, requireWithin } from "../base/errors.ts";
import { Variable } from "../memory/variable.ts";
import { printTable } from "../base/print.ts";
import { type Module, requireModule } from "./module/module.ts";
import type { Parameter } from "./module/parameter.ts";
import { type Named, type Selection, requireSelection, selected } from "./module/selection.ts";

export interface PruneOptions {
  /** Share in [0, 1] of the weights that are not pruned yet: those of the smallest size become 0. */
  readonly amount?: number;
  /** In place of a share: weights of this size or less become 0. With 0 those are pruned that are 0, as in a loaded state. */
  readonly threshold?: number;
  /** Whether the share is one of each parameter (`layer`, where left out) or of all of them together. */
  readonly scope?: "layer" | "global";
  /** Where left out, all with two axes or more: weights, not biases. */
  readonly parameters?: Selection;
}

/** How many weights of a parameter are 0. */
export interface LayerSparsity {
  readonly name: string;
  readonly zeros: number;
  readonly size: number;
}

/** How sparse the weights of a model are; prints as a table. */
export class Sparsity {
  readonly zeros: number;
  readonly size: number;

  constructor(readonly layers: readonly LayerSparsity[]) {
    this.zeros = layers.reduce((sum, { zeros }) => sum + zeros, 0);
    this.size = layers.reduce((sum, { size }) => sum + size, 0);
  }

  /** Share of weights that are 0. */
  get share(): number {
    return this.zeros / this.size;
  }

  toString(): string {
    const all = { name: "all", zeros: this.zeros, size: this.size };
    const rows = [...this.layers, all].map(({ name, zeros, size }) => [
      name,
      String(zeros),
      String(size),
      `${((100 * zeros) / size).toFixed(1)} %`,
    ]);
    return printTable(["weights", "zeros", "of", "sparsity"], rows);
  }
}

/**
 * Sets the smallest weights to 0, where they stay: training goes on with the others, whatever the optimizer remembers,
 * until `removePruning`. What was pruned stays pruned when more is.
 *
 * Masks are not saved: after loading a sparse state, `prune(model, { threshold: 0 })` makes them anew. Kernels do not
 * skip zeros, so a pruned model is smaller to store, not faster.
 *
 * Source: Han et al. 2015, https://arxiv.org/abs/1506.02626; PyTorch's prune.l1_unstructured and global_unstructured
 *
 * @throws RangeError when a number is out of its range or scope is unknown
 * @throws TypeError when there is not one of amount and threshold, or no parameter to prune; nothing is changed then
 */
export function prune(model: Module, options: PruneOptions): Sparsity {
  requireKnown("prune", options, ["amount", "threshold", "scope", "parameters"]);
  const { amount, threshold, scope = "layer" } = options;
  if ((amount === undefined) === (threshold === undefined)) {
    throw new TypeError(`prune: amount or threshold must be given; got ${amount === undefined ? "neither" : "both"}`);
  }
  if (amount !== undefined) requireWithin("prune", "amount", amount, 0, 1);
  if (threshold !== undefined) requireWithin("prune", "threshold", threshold, 0, Infinity);
  requireOneOf("prune", "scope", scope, ["layer", "global"]);
  const chosen = chosenOf("prune", model, options.parameters);
  const sizes = chosen.map(([, parameter]) => sizesOf(parameter));
  const groups = scope === "global" ? [sizes] : sizes.map((each) => [each]);
  const masks = groups.flatMap((group) => masksOf(group, amount, threshold));
  chosen.forEach(([, parameter], i) => {
    const mask = new Variable("mask", parameter.shape);
    mask.write().set(masks[i] ?? []);
    parameter.mask = mask;
  });
  return sparsityOf(chosen);
}

/** How many weights of a model are 0, parameter by parameter; by default of those with two axes or more. */
export function sparsity(model: Module, parameters?: Selection): Sparsity {
  return sparsityOf(chosenOf("sparsity", model, parameters));
}

/** Makes pruning permanent, as PyTorch's `prune.remove` does: zeros stay, but may be learned again. */
export function removePruning(model: Module): void {
  requireModule("removePruning", "the model", model);
  for (const parameter of model.parameters()) parameter.mask = undefined;
}

function sparsityOf(parameters: readonly Named[]): Sparsity {
  return new Sparsity(
    parameters.map(([name, parameter]) => ({
      name,
      zeros: parameter.read().filter((value) => value === 0).length,
      size: parameter.size,
    })),
  );
}

function chosenOf(where: string, model: Module, selection: Selection = (_, { shape }) => shape.length > 1): Named[] {
  requireModule(where, "the model", model);
  requireSelection(where, selection);
  const chosen = selected(where, model.namedParameters(), selection);
  if (chosen.length === 0) throw new TypeError(`${where}: there must be parameters; got none`);
  return chosen;
}

/** |w| of each weight, -1 where it is pruned already. */
function sizesOf(parameter: Parameter): Float32Array {
  const mask = parameter.mask?.read();
  return parameter.read().map((value, i) => (mask?.[i] === 0 ? -1 : Math.abs(value)));
}

/** 0 for what is pruned, 1 for what is kept, by a share of all sizes of the group or by a bound. */
function masksOf(
  group: readonly Float32Array[],
  amount: number | undefined,
  threshold: number | undefined,
): Float32Array[] {
  const learned = group.map((sizes) => sizes.filter((size) => size !== -1));
  const total = learned.reduce((sum, { length }) => sum + length, 0);
  if (amount === undefined) return group.map((sizes) => sizes.map((size) => Number(!(size <= (threshold ?? 0)))));
  const sorted = new Float32Array(total);
  learned.reduce((start, sizes) => {
    sorted.set(sizes, start);
    return start + sizes.length;
  }, 0);
  sorted.sort();
  const count = Math.round(amount * total);
  const bound = sorted[count - 1] ?? -1;
  // Of equal sizes at the bound the first are taken, as many as belong to the share.
  let ties = count - Math.max(0, sorted.indexOf(bound));
  return group.map((sizes) =>
    sizes.map((size) => Number(!(size < bound || size === -1 || (size === bound && ties-- > 0)))),
  );
}
