import type { Dtype, Numbers } from "../base/tensor.ts";
import { type Input, type Operand, flopsOf } from "../graph/operand.ts";
import { addressEpoch, numbersAt, scratchFor } from "../memory/memory.ts";
import { Variable } from "../memory/variable.ts";
import type { Plan } from "./plan.ts";
import type { BoundCall } from "./protocol.ts";
import { Runner } from "./runner.ts";
import { type PlacedStep, scheduleCalls } from "./schedule.ts";
import type { ThreadTuner } from "./thread-tuner.ts";

/** The operands of a program, which are bound to addresses. */
export interface Bindable {
  readonly plan: Plan;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Operand[];
  /** Every operand in the order of execution. */
  readonly order: readonly Operand[];
  /** Operations that run for their effect on variables, after all others. */
  readonly effects: ReadonlySet<Operand>;
  readonly guard?: Guard | undefined;
}

/** A condition of effects, which a run skips when `armed` is not 0 and `value` is not finite. */
export interface Guard {
  /** One integer. */
  readonly armed: Variable<"int32">;
  /** One float, an output of the program. */
  readonly value: Operand;
}

/** A program's calls bound to addresses: valid until addresses change. */
export class Binding {
  readonly runner: Runner;
  /** The index of the first call of the schedule that changes variables. */
  readonly effectsFrom: number;
  /** The address of each input. */
  readonly inputAddresses: readonly number[];
  /** Views of the numbers of each input. */
  readonly inputNumbers: readonly Numbers[Dtype][];
  /** Views of the numbers of each output. */
  readonly results: readonly Numbers[Dtype][];
  readonly #plan: Plan;
  readonly #base: number;
  readonly #epoch: number;

  constructor(
    { plan, inputs, outputs, order, effects, guard }: Bindable,
    steps: readonly PlacedStep[],
    tuner: ThreadTuner,
  ) {
    // First, because memory may grow for initial values.
    for (const operand of order) if (operand instanceof Variable) operand.materialize();
    this.#plan = plan;
    this.#base = scratchFor(plan.bytes);
    const before = this.#schedule(steps.filter(({ operand }) => !effects.has(operand)));
    const after = effects.size > 0 ? this.#schedule(steps.filter(({ operand }) => effects.has(operand))) : [];
    this.effectsFrom = before.length;
    const guarded = guard && after.length > 0 ? [this.#guarded(after, guard)] : after;
    this.runner = new Runner([...before, ...guarded], flopsOfAll(order), tuner);
    this.inputAddresses = inputs.map((input) => this.address(input));
    this.inputNumbers = inputs.map((input) => this.numbers(input));
    this.results = outputs.map((output) => this.numbers(output));
    this.#epoch = addressEpoch();
  }

  /** Whether every operand is still where it was. */
  get isValid(): boolean {
    return this.#epoch === addressEpoch();
  }

  address(operand: Operand): number {
    return this.#plan.address(operand, this.#base);
  }

  /** The numbers of an operand as a view. */
  numbers(operand: Operand): Numbers[Dtype] {
    return numbersAt(operand.dtype, this.address(operand), operand.size);
  }

  /** A runner of some of the steps, without the others. */
  runnerOf(steps: readonly PlacedStep[], tuner: ThreadTuner): Runner {
    return new Runner(this.#schedule(steps), flopsOfAll(steps.map(({ operand }) => operand)), tuner);
  }

  #guarded(calls: readonly BoundCall[], { armed, value }: Guard): BoundCall {
    return { armed: armed.address, value: this.address(value), calls };
  }

  #schedule(steps: readonly PlacedStep[]): ReturnType<typeof scheduleCalls> {
    return steps.length > 0 ? scheduleCalls(steps, (operand) => this.address(operand)) : [];
  }
}

function flopsOfAll(operands: readonly Operand[]): number {
  return operands.reduce((sum, operand) => sum + flopsOf(operand), 0);
}
