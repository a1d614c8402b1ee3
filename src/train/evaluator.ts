import { ShapeError, requireKnown } from "../errors.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { asDataset } from "../data/dataset.ts";
import { type Dataset, batches } from "../data/index.ts";
import type { Loss, Module } from "../nn/index.ts";
import { ProgramCache } from "../nn/program-cache.ts";
import { outputOf } from "../nn/run.ts";
import { Program } from "../runtime/program.ts";
import type { Tensor } from "../tensor.ts";
import { Tally, judge, lossOf } from "./tally.ts";

const BATCH = 256; // samples

/** How a model does on a data set. */
export interface Evaluation {
  /** Mean of the loss over all samples, each as the loss weighs it, without penalties. */
  readonly loss: number;
  /** Share of samples that are decided right, ignored ones left out; undefined for losses that do not classify. */
  readonly accuracy: number | undefined;
}

/** Says how a model does by a loss, in evaluation mode. */
export class Evaluator {
  readonly #programs = new ProgramCache();

  constructor(
    readonly model: Module,
    readonly loss: Loss,
  ) {}

  evaluate(dataset: Dataset, options: { readonly batchSize?: number }): Evaluation {
    requireKnown("evaluate", options, ["batchSize"]);
    const { length } = asDataset("evaluate", dataset);
    const batchSize = Math.min(options.batchSize ?? BATCH, Math.max(1, length));
    return this.model.inMode(false, () => {
      const tally = new Tally();
      for (const { x, y } of batches(dataset, { batchSize })) {
        const program = this.#program(x, y);
        program.execute([x, y]);
        this.count(tally, lossOf(program), program, y);
      }
      return tally.result();
    });
  }

  /** @throws ShapeError, TypeError or RangeError when a data set could not be evaluated; nothing is computed */
  check(dataset: Dataset): void {
    this.model.inMode(false, () => {
      const batchSize = Math.min(BATCH, dataset.length);
      for (const { x, y } of batches(dataset, { batchSize })) this.#program(x, y).check([x, y]);
    });
  }

  /** Adds the last run of `program`, which gave `loss`, to a tally; row r belongs to row order[start + r] of the targets. */
  count(tally: Tally, loss: number, program: Program, y: Tensor, order?: Int32Array, start?: number): void {
    const [, prediction] = program.outputs;
    const scores = prediction ? program.read(prediction) : [];
    const verdict = judge(this.loss, scores, program.inputs[0]?.shape[0] ?? 1, y.data, order, start);
    tally.add(loss, verdict, this.loss.traits.reduction === "sum");
  }

  #program(x: Tensor, y: Tensor): Program {
    return this.#programs.get("evaluate", [this.model], [x, y], () => {
      const inputs = [new Input(x.shape, x.dtype, "x"), new Input(y.shape, y.dtype, "y")] as const;
      return this.model.trace(() => {
        const prediction = outputOf(this.model, [inputs[0]]);
        return new Program(inputs, [lossNumber(this.loss, prediction, inputs[1]), prediction]);
      });
    });
  }
}

/** The loss of a prediction, which must be one number. */
export function lossNumber(loss: Loss, prediction: Operand, target: Operand): Operand {
  const error = loss.forward(prediction, target);
  if (error.size === 1) return error;
  throw new ShapeError(`trainer: the loss must give one number; got ${error}`);
}
