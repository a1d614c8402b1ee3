import type { Operand } from "../../graph/operand.ts";
import { type Loss, Module } from "../../nn/index.ts";
import type { Program } from "../../runtime/program.ts";

/** The loss of one output of a model. */
export interface Term {
  readonly name: string;
  readonly loss: Loss;
  /** The factor of the loss in the total. */
  readonly weight: number;
}

/** Losses of a model with several outputs, by the names of the outputs; targets have these names too. */
export class Losses extends Module {
  override readonly inputNames: readonly string[];

  constructor(readonly terms: readonly Term[]) {
    super();
    this.inputNames = terms.map(({ name }) => name);
  }

  /**
   * Each loss by name.
   * @param operands the predictions in the order of the losses, their targets and, optionally, sample weights
   */
  override forward(...operands: readonly Operand[]): Readonly<Record<string, Operand>> {
    const count = this.terms.length;
    const weights = operands.slice(2 * count);
    return Object.fromEntries(
      this.terms.map(({ name, loss }, i) => {
        const [prediction, target] = [operands[i], operands[count + i]];
        if (!prediction || !target) {
          throw new TypeError(`losses: operands must be ${count} predictions and targets; got ${operands.length}`);
        }
        return [name, loss.call(prediction, target, ...weights)];
      }),
    );
  }

  override namedChildren(): [string, Module][] {
    return this.terms.map(({ name, loss }) => [name, loss]);
  }

  /** `price: mseLoss, kind: 0.5 crossEntropyLoss` */
  override describe(): string {
    return this.terms
      .map(({ name, loss, weight }) => `${name}: ${weight === 1 ? "" : `${weight} `}${loss.describe()}`)
      .join(", ");
  }
}

/** What a trainer minimizes: the loss of the only output of a model, or the sum of the losses of several. */
export type Objective = Loss | Losses;

/**
 * The loss that decides about right and wrong; of several the only one that classifies.
 * Undefined if none does, or several do.
 */
export function classifier(objective: Objective): Loss | undefined {
  const losses = objective instanceof Losses ? objective.terms.map(({ loss }) => loss) : [objective];
  const classifying = losses.filter(({ traits }) => traits.decision);
  return classifying.length === 1 ? classifying[0] : undefined;
}

/** The predictions among the outputs of a program: after the total, one for each loss, before the losses of several. */
export function predictionsIn(program: Program, objective: Objective): readonly Operand[] {
  return program.outputs.slice(1, 1 + countOf(objective));
}

/** The losses of several among the outputs of a program. */
export function errorsIn(program: Program, { terms }: Losses): readonly Operand[] {
  return program.outputs.slice(1 + terms.length, 1 + 2 * terms.length);
}

/** Outputs of a program before those that have nothing to do with the loss. */
export function lossOutputs(objective: Objective): number {
  return objective instanceof Losses ? 1 + 2 * countOf(objective) : 2;
}

function countOf(objective: Objective): number {
  return objective instanceof Losses ? objective.terms.length : 1;
}
