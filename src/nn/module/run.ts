import { ShapeError, requireWhole } from "../../base/errors.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { within, withWeights } from "../../graph/scope.ts";
import { FLOAT32, STEADY, type Weights } from "../../graph/weights.ts";
import { type Pausable, finish, finishNow } from "../../base/pausable.ts";
import { rowsBetween } from "../../base/rows.ts";
import { Turns } from "../../base/turns.ts";
import { nextTurn } from "../../runtime/turn.ts";
import { type Tensor, type TensorLike, printShape } from "../../base/tensor.ts";
import { type TensorsLike, printTensors, tensorsOf } from "../../base/tensors.ts";
import type { InputKind } from "./input-kinds.ts";
import { joinResults, tensorsIn } from "./join-results.ts";
import { withModesOf } from "./mode.ts";
import type { ModuleLike } from "./module-like.ts";
import { ForwardProgram, type Result } from "./forward-program.ts";
import { type Outputs, operandsOf } from "./outputs.ts";
import { Parameter } from "./parameter.ts";
import type { ProgramCache } from "./program-cache.ts";
import { undisturbed } from "./undisturbed.ts";

/**
 * Describes the output of a module, or several by name, as part of a trace.
 * @throws TypeError when `forward` returns neither an operand nor operands by name, or an output depends on a parameter or
 * the mode of a module that the properties of the module do not reach
 */
export function outputsOf(module: ModuleLike, inputs: readonly Operand[]): Outputs {
  const out = withModesOf(module.modules(), () => withInputCount(module, inputs.length, () => module.call(...inputs)));
  const reachable = new Set<Operand>(module.parameters());
  const order = executionOrder(operandsOf(out));
  const unreachable = order.find((operand) => operand instanceof Parameter && !reachable.has(operand));
  if (!unreachable) return out;
  const user = order.find((operand) => operand.inputs.includes(unreachable));
  return within(user?.layer ?? "", () => {
    throw new TypeError(
      `model: every parameter must be a property of a module or an element of an array property; got ${unreachable}, which is neither`,
    );
  });
}

/** Runs `work`; a TypeError over undefined gets a note if `forward` was given too few inputs. */
function withInputCount<T>(module: ModuleLike, count: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const expected = module.forward?.length ?? 0;
    if (error instanceof TypeError && count < expected && error.message.includes("undefined")) {
      error.message += ` (forward was given ${count} of its ${expected} inputs)`;
    }
    throw error;
  }
}

/** Inputs of these kinds; several are named by index from 0. */
export function inputsLike(like: readonly InputKind[]): Input[] {
  return like.map(({ shape, dtype }, i) => new Input(shape, dtype, like.length > 1 ? `input ${i}` : "input"));
}

/**
 * A program for what the module gives in its current mode, for inputs of these kinds.
 * @param weights how operations hold weights; all but float32 need evaluation mode. Default: float32.
 */
export function forwardProgram(
  module: ModuleLike,
  like: readonly InputKind[],
  weights: Weights = FLOAT32,
): ForwardProgram {
  const inputs = inputsLike(like);
  return module.trace(() => withWeights(weights, () => new ForwardProgram(inputs, outputsOf(module, inputs))));
}

/** The inputs of a call as tensors; refuses a call without inputs, and inputs that are not tensors. */
export function requireTensors(where: string, inputs: readonly TensorLike[]): readonly Tensor[] {
  if (inputs.length === 0) throw new TypeError(`${where}: there must be at least one input; got none`);
  return tensorsOf(where, "inputs", inputs);
}

/** What the module gives in evaluation mode, computed `batchSize` rows at a time. @param turn as `Turns` takes it */
function* predictedRows(
  where: string,
  module: ModuleLike,
  programs: ProgramCache,
  inputs: readonly Tensor[],
  batchSize: number,
  turn?: () => PromiseLike<unknown>,
): Pausable<Result> {
  requireWhole(where, "batchSize", batchSize, 1, Number.MAX_SAFE_INTEGER);
  const rows = rowCount(where, inputs);
  if (rows <= batchSize) return predictBatch(where, module, programs, inputs);
  const turns = new Turns(turn);
  const parts: Result[] = [];
  for (let start = 0; start < rows; start += batchSize) {
    if (start > 0) yield* turns.takeIfDue((promise) => undisturbed(where, [module], promise));
    const end = Math.min(start + batchSize, rows);
    const batch = inputs.map((input) => rowsBetween(input, start, end));
    const part = predictBatch(where, module, programs, batch);
    const wrong = tensorsIn(part).find(({ shape }) => shape[0] !== end - start);
    if (wrong) {
      throw new ShapeError(
        `${where}: the output must have one row per input row if there are more than batchSize; got ${printShape(wrong.shape)} from ${printTensors(batch)}`,
      );
    }
    parts.push(part);
  }
  return joinResults(where, parts);
}

/** What the module gives in evaluation mode, computed `batchSize` rows at a time; for one batch little is allocated besides it. */
export function predictRows(
  module: ModuleLike,
  programs: ProgramCache,
  inputs: readonly Tensor[],
  batchSize: number,
): Result {
  const where = "predict";
  requireWhole(where, "batchSize", batchSize, 1, Number.MAX_SAFE_INTEGER);
  if (rowCount(where, inputs) <= batchSize) return predictBatch(where, module, programs, inputs);
  return finishNow(predictedRows(where, module, programs, inputs, batchSize), () => new Error(`${where}: it pauses`));
}

/** Like `predictRows`, with turns of the event loop between batches. */
export function predictRowsAsync(
  module: ModuleLike,
  programs: ProgramCache,
  inputs: TensorsLike,
  batchSize: number,
): Promise<Result> {
  const given = tensorsOf("predictAsync", "inputs", inputs, module.inputNames);
  return finish(predictedRows("predictAsync", module, programs, given, batchSize, nextTurn));
}

function predictBatch(where: string, module: ModuleLike, programs: ProgramCache, batch: readonly Tensor[]): Result {
  const program = programs.inEvaluation("predict", batch, () => forwardProgram(module, batch, STEADY));
  return program.result(where, batch);
}

/** The number of rows, at least 1, that all inputs have. */
export function rowCount(where: string, inputs: readonly Tensor[]): number {
  const rows = inputs[0]?.shape[0];
  if (rows === undefined || rows === 0) {
    throw new ShapeError(`${where}: inputs must have at least one row; got ${printTensors(inputs)}`);
  }
  if (inputs.every(({ shape }) => shape[0] === rows)) return rows;
  throw new ShapeError(`${where}: inputs must have the same number of rows; got ${printTensors(inputs)}`);
}
