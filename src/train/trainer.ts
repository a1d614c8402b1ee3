import { ShapeError, requireKnown, requireWithin } from "../errors.ts";
import { gradients } from "../graph/gradient.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { effectsOfTrace } from "../graph/scope.ts";
import { type Dataset, batches } from "../data/index.ts";
import type { Loss, Module } from "../nn/index.ts";
import { ProgramCache } from "../nn/program-cache.ts";
import { outputOf } from "../nn/run.ts";
import { abs, add, affine, square } from "../ops/arithmetic.ts";
import { filled, sum } from "../ops/reduction.ts";
import type { Member } from "../optim/group.ts";
import type { Optimizer } from "../optim/index.ts";
import { limited } from "../optim/max-norm.ts";
import { Lasting } from "../runtime/lasting.ts";
import type { Profile } from "../runtime/profile.ts";
import { Program } from "../runtime/program.ts";
import type { Tensor } from "../tensor.ts";
import { blocksOf } from "./blocks.ts";
import { Tally, type Verdict, judge, lossOf } from "./tally.ts";
import { type FitOptions, type History, fit } from "./fit.ts";

const EVALUATION_BATCH = 256; // samples

export interface TrainerOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Penalties that are added to the loss: l1 Σ|w| + l2 Σ w² over all weights, biases left out. */
  readonly regularization?: { readonly l1?: number; readonly l2?: number };
}

/** How a model does on a data set. */
export interface Evaluation {
  /** Mean of the loss over all samples, each as the loss weighs it, without penalties. */
  readonly loss: number;
  /** Share of samples that are decided right, ignored ones left out; undefined for losses that do not classify. */
  readonly accuracy: number | undefined;
}

/** Teaches a model: forward, backward and update in one program. */
export class Trainer {
  readonly #programs = new ProgramCache();
  /** In the order of the optimizer, in which they lie in memory. */
  readonly #members: readonly Member[];
  readonly #penalty: { readonly l1: number; readonly l2: number };

  constructor(
    readonly model: Module,
    readonly options: TrainerOptions,
  ) {
    requireKnown("trainer", options, ["loss", "optimizer", "regularization"]);
    requireKnown("trainer: regularization", options.regularization ?? {}, ["l1", "l2"]);
    const { l1 = 0, l2 = 0 } = options.regularization ?? {};
    requireWithin("trainer", "regularization.l1", l1, 0, Infinity);
    requireWithin("trainer", "regularization.l2", l2, 0, Infinity);
    this.#penalty = { l1, l2 };
    const parameters = model.namedParameters();
    if (parameters.length === 0) throw new TypeError("trainer: the model must have parameters; got none");
    this.#members = options.optimizer.attach(parameters);
    Lasting.gather(this.#members.map(({ parameter }) => parameter));
  }

  /**
   * One step on one batch in the model's current mode: forward, backward and update. Gives the loss before the update.
   * @throws ShapeError, TypeError or RangeError when the batch does not fit; nothing is changed then
   */
  step(x: Tensor, y: Tensor): number {
    const { optimizer } = this.options;
    const program = this.stepProgram(x, y);
    optimizer.prepare();
    program.execute([x, y]);
    optimizer.taken();
    return lossOf(program);
  }

  /** A step of `program`, which `stepProgram` gave, on what `write` brings to the addresses of its inputs. */
  stepOn(program: Program, write: (addresses: readonly number[]) => void): number {
    const { optimizer } = this.options;
    optimizer.prepare();
    program.executeOn(write);
    optimizer.taken();
    return lossOf(program);
  }

  /** The loss and the share decided right, in evaluation mode whatever the current one, `batchSize` samples at a time. */
  evaluate(dataset: Dataset, options: { readonly batchSize?: number } = {}): Evaluation {
    requireKnown("evaluate", options, ["batchSize"]);
    const batchSize = Math.min(options.batchSize ?? EVALUATION_BATCH, Math.max(1, dataset.length));
    return this.model.inMode(false, () => {
      const tally = new Tally();
      for (const { x, y } of batches(dataset, { batchSize })) {
        const program = this.#evaluation(x, y);
        program.execute([x, y]);
        tally.add(lossOf(program), this.judge(program, y), this.sums);
      }
      return tally.result();
    });
  }

  /**
   * Trains for some epochs, in training mode, and leaves the model's mode as it was.
   * Shows a progress bar while standard output is a terminal.
   */
  fit(dataset: Dataset, options: FitOptions = {}): Promise<History> {
    return fit(this, dataset, options);
  }

  /**
   * Times every kernel call of a step on one thread; print what it gives. Parameters and what the optimizer remembers
   * are afterwards as they were.
   */
  profile(x: Tensor, y: Tensor, options: { readonly runs?: number } = {}): Profile {
    const program = this.stepProgram(x, y);
    this.options.optimizer.prepare();
    return program.profile([x, y], options.runs);
  }

  /** Judges the predictions of the last run of `program`; row r belongs to row order[start + r] of the targets. */
  judge(program: Program, y: Tensor, order?: Int32Array, start?: number): Verdict {
    const [, prediction] = program.outputs;
    const scores = prediction ? program.read(prediction) : [];
    return judge(this.options.loss, scores, program.inputs[0]?.shape[0] ?? 1, y.data, order, start);
  }

  /** Whether the loss of a batch is a sum over its samples. */
  get sums(): boolean {
    return this.options.loss.traits.reduction === "sum";
  }

  /** @throws ShapeError, TypeError or RangeError when a data set could not be evaluated; nothing is computed */
  check(dataset: Dataset, batchSize = Math.min(EVALUATION_BATCH, dataset.length)): void {
    this.model.inMode(false, () => {
      for (const { x, y } of batches(dataset, { batchSize })) this.#evaluation(x, y).check([x, y]);
    });
  }

  /** What one step on batches like these runs; its outputs are the loss and the prediction. */
  stepProgram(x: Tensor, y: Tensor): Program {
    return this.#programs.get("step", this.model, [x, y], () => this.#traceStep(x, y));
  }

  #traceStep(x: Tensor, y: Tensor): Program {
    if (x.shape[0] === 0) throw new ShapeError(`step: a batch must have at least one sample; got ${x}`);
    const { loss, optimizer } = this.options;
    const inputs = [x, y].map(({ shape, dtype }) => new Input(shape, dtype)) as [Input, Input];
    return this.model.trace(() => {
      const prediction = outputOf(this.model, [inputs[0]]);
      const error = this.#penalized(requireNumber(loss.forward(prediction, inputs[1])));
      const parameters = this.#members.map(({ parameter }) => parameter);
      const found = gradients(error, filled(error.shape, 1), parameters);
      const updates = blocksOf(this.#members, found).map(({ parameters, gradient, group, offset }) =>
        optimizer.update(parameters, gradient, offset, group),
      );
      return new Program(inputs, [error, prediction], [...effectsOfTrace(), ...updates, ...limited(this.#members)]);
    });
  }

  #evaluation(x: Tensor, y: Tensor): Program {
    return this.#programs.get("evaluate", this.model, [x, y], () => this.#traceEvaluation(x, y));
  }

  #traceEvaluation(x: Tensor, y: Tensor): Program {
    const inputs = [x, y].map(({ shape, dtype }) => new Input(shape, dtype)) as [Input, Input];
    return this.model.trace(() => {
      const prediction = outputOf(this.model, [inputs[0]]);
      return new Program(inputs, [requireNumber(this.options.loss.forward(prediction, inputs[1])), prediction]);
    });
  }

  #penalized(error: Operand): Operand {
    const { l1, l2 } = this.#penalty;
    const weights = this.model.parameters().filter((parameter) => parameter.shape.length > 1);
    const sums = [
      ...(l1 > 0 ? weights.map((weight) => affine(sum(abs(weight)), l1, 0)) : []),
      ...(l2 > 0 ? weights.map((weight) => affine(sum(square(weight)), l2, 0)) : []),
    ];
    return sums.reduce(add, error);
  }
}

function requireNumber(loss: Operand): Operand {
  if (loss.size === 1) return loss;
  throw new ShapeError(`trainer: the loss must give one number; got ${loss}`);
}
