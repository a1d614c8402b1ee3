import { requireOneOf, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { Variable } from "../memory/variable.ts";
import { printPercent, printTable } from "../base/print.ts";
import { type Module, requireModule } from "./module/module.ts";
import type { Parameter } from "./module/parameter.ts";
import { type Named, type Selection, requireSelection, selected } from "./module/selection.ts";

export interface PruneOptions {
  /** Share, in [0, 1], of the weights not pruned yet: those with the smallest |w| become 0. Instead of `threshold`. */
  readonly amount?: number;
  /** Weights with |w| at most this, at least 0, become 0; 0 prunes those that are 0 already. Instead of `amount`. */
  readonly threshold?: number;
  /** Whether `amount` is a share of each parameter or of all parameters together. Default: `"layer"`. */
  readonly scope?: "layer" | "global";
  /** The parameters to prune. Default: those with at least two axes, which are weights and not biases. */
  readonly parameters?: Selection;
}

/** Zeros in one parameter. */
export interface LayerSparsity {
  readonly name: string;
  readonly zeros: number;
  readonly size: number;
}

/** Sparsity of the weights of a model; prints as a table. */
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
      printPercent(zeros / size),
    ]);
    return printTable(["weights", "zeros", "of", "sparsity"], rows);
  }
}

/**
 * Sets the smallest weights to 0 and masks them: they stay 0 in training, whatever the optimizer state, until
 * `removePruning`. Weights pruned before stay pruned.
 *
 * `io.save` and checkpoints save the masks; a state dict has none: after loading a sparse one, `prune(model, { threshold: 0 })`
 * restores them. Kernels do not skip zeros: a pruned model compresses better but runs no faster.
 *
 * Source: Han et al. 2015, https://arxiv.org/abs/1506.02626; PyTorch's prune.l1_unstructured and global_unstructured
 *
 * @throws RangeError when a number is out of its range or scope is unknown
 * @throws TypeError when not exactly one of amount and threshold is given, or there is no parameter to prune; then nothing
 * changes
 */
export function prune(model: Module, options: PruneOptions): Sparsity {
  const { amount, threshold, scope, parameters } = withDefaults("prune", options, {
    amount: undefined,
    threshold: undefined,
    scope: "layer",
    parameters: undefined,
  });
  if ((amount === undefined) === (threshold === undefined)) {
    throw new TypeError(`prune: amount or threshold must be given; got ${amount === undefined ? "neither" : "both"}`);
  }
  if (amount !== undefined) requireWithin("prune", "amount", amount, 0, 1);
  if (threshold !== undefined) requireWithin("prune", "threshold", threshold, 0, Infinity);
  requireOneOf("prune", "scope", scope, ["layer", "global"]);
  const chosen = chosenOf("prune", model, parameters);
  const magnitudes = chosen.map(([, parameter]) => magnitudesOf(parameter));
  const groups = scope === "global" ? [magnitudes] : magnitudes.map((each) => [each]);
  const masks = groups.flatMap((group) => masksOf(group, amount, threshold));
  chosen.forEach(([, parameter], i) => {
    const mask = new Variable("mask", parameter.shape);
    mask.write().set(masks[i] ?? []);
    parameter.mask = mask;
  });
  return sparsityOf(chosen);
}

/** Zeros in each parameter of a model. Default: parameters with at least two axes. */
export function sparsity(model: Module, parameters?: Selection): Sparsity {
  return sparsityOf(chosenOf("sparsity", model, parameters));
}

/** Removes masks, as PyTorch's `prune.remove` does: zeros stay 0 but may be learned again. */
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

/** |w| of each weight; -1 if it is pruned already. */
function magnitudesOf(parameter: Parameter): Float32Array {
  const mask = parameter.mask?.read();
  return parameter.read().map((value, i) => (mask?.[i] === 0 ? -1 : Math.abs(value)));
}

/** Masks: 0 for weights to prune, 1 for the others, by share of the group or by threshold. */
function masksOf(
  group: readonly Float32Array[],
  amount: number | undefined,
  threshold: number | undefined,
): Float32Array[] {
  const learned = group.map((magnitudes) => magnitudes.filter((each) => each !== -1));
  const total = learned.reduce((sum, { length }) => sum + length, 0);
  if (amount === undefined) {
    return group.map((magnitudes) => magnitudes.map((each) => Number(!(each <= (threshold ?? 0)))));
  }
  const sorted = new Float32Array(total);
  learned.reduce((start, magnitudes) => {
    sorted.set(magnitudes, start);
    return start + magnitudes.length;
  }, 0);
  sorted.sort();
  const count = Math.round(amount * total);
  const bound = sorted[count - 1] ?? -1;
  // Among weights equal to the bound, the first are pruned, until the share is complete.
  let ties = count - Math.max(0, sorted.indexOf(bound));
  return group.map((magnitudes) =>
    magnitudes.map((each) => Number(!(each < bound || each === -1 || (each === bound && ties-- > 0)))),
  );
}
