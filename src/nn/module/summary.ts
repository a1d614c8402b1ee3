import { Input, Operand, flopsOf } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { gradientsOfAll } from "../../autodiff/gradients.ts";
import { traced } from "../../graph/scope.ts";
import { Variable } from "../../memory/variable.ts";
import { Program } from "../../runtime/program.ts";
import { printAmount, printCount, printTable, printWork } from "../../base/print.ts";
import { printShape } from "../../base/tensor.ts";
import { namedMembers } from "./members.ts";
import type { InputKind } from "./input-kinds.ts";
import type { ModuleLike } from "./module-like.ts";
import { Parameter } from "./parameter.ts";
import { type Outputs, isNamed, operandsOf } from "./outputs.ts";
import { forwardProgram, inputsLike, outputsOf } from "./run.ts";

/** A layer in a table of a model. */
export interface LayerRow {
  readonly path: string;
  /** How it prints: `linear 784 -> 512`. */
  readonly layer: string;
  /** What it gives: an operand, or several by name; undefined if the model does not use it. */
  readonly output: unknown;
  /** Count of its own numbers, without those of layers in it. */
  readonly parameters: number;
  readonly flops: number;
  /** FLOPs of those that a run skips. */
  readonly skipped: number;
}

/** A table of the layers of `root` for inputs of these kinds, and the costs of a run. */
export function summarize(root: ModuleLike, kinds: readonly InputKind[]): string {
  const rows = layerRows(root, kinds).map(({ path, layer, output, parameters, flops, skipped }) => [
    path,
    layer,
    printOutput(output),
    printCount(parameters),
    work(flops, skipped),
  ]);
  return [
    printTable(["", "layer", "output", "parameters", "FLOPs"], rows),
    "",
    `${kinds.length === 1 ? "input" : "inputs"} ${kinds.map(({ shape }) => printShape(shape)).join(", ")}, ${countAll(root.parameters())}`,
    ...costs(root, kinds),
  ].join("\n");
}

/** The layers of `root` for inputs of these kinds. */
export function layerRows(root: ModuleLike, kinds: readonly InputKind[]): readonly LayerRow[] {
  const inputs = inputsLike(kinds);
  const paths = root.paths();
  const outputs = new Map<object, unknown>();
  const trace = (): Outputs => traced(paths, () => outputsOf(root, inputs), outputs);
  const out = orElse(trace, () => root.inMode(false, trace));
  const operations = executionOrder(operandsOf(out)).filter(
    (each) => !(each instanceof Input || each instanceof Variable),
  );
  return [...paths].flatMap(([module, path]) => {
    const output = outputs.get(module);
    const parameters = namedMembers(module, Parameter).map(([, parameter]) => parameter);
    const own = operations.filter((operand) => operand.layer === path);
    // A container without parameters and operations has no row.
    if (module.namedChildren().length > 0 && parameters.length === 0 && own.length === 0) return [];
    const flops = own.reduce((sum, operand) => sum + flopsOf(operand), 0);
    const skipped = own.reduce((sum, { rule }) => sum + (rule.skipped ?? 0), 0);
    const size = parameters.reduce((sum, parameter) => sum + parameter.size, 0);
    return [{ path: nameIn(path), layer: module.describe(), output, parameters: size, flops, skipped }];
  });
}

/** The name of a layer in its path, `"3" (linear 512 -> 10)`; "" for the model. */
export function nameIn(path: string): string {
  return path === "" ? "" : path.slice(1, path.indexOf('"', 1));
}

/** The result of `first`, or of `second` if `first` throws, as batch normalization does in training on one sample. */
function orElse<T>(first: () => T, second: () => T): T {
  try {
    return first();
  } catch {
    return second();
  }
}

/** Costs of a forward run in evaluation and, if the model can be trained, of forward and backward in training. */
function costs(root: ModuleLike, kinds: readonly InputKind[]): string[] {
  const evaluation = root.inMode(false, () => forwardProgram(root, kinds));
  const training = orElse(
    () => root.inMode(true, () => trainingProgram(root, kinds)),
    () => null,
  );
  const lines = [print("evaluation", evaluation)];
  return training ? [...lines, print("training, forward and backward", training)] : lines;
}

function trainingProgram(root: ModuleLike, kinds: readonly InputKind[]): Program {
  const inputs = inputsLike(kinds);
  return root.trace(() => {
    const outs = operandsOf(outputsOf(root, inputs));
    const dOuts = outs.map(({ shape }) => new Input(shape, "float32"));
    const pairs = outs.map((out, i) => [out, dOuts[i] as Operand] as const);
    const found = gradientsOfAll(pairs, root.parameters()).filter((each) => each !== null);
    // An update changes parameters at each step, so that constants are not cached from them.
    const update = new Operand("update", [0], root.parameters(), { calls: () => [] });
    return new Program([...inputs, ...dOuts], [...outs, ...found], [update]);
  });
}

/** `[32, 10]`; `price [32, 1], kind [32, 3]` for several by name. */
function printOutput(output: unknown): string {
  if (output instanceof Operand) return printShape(output.shape);
  if (!isNamed(output)) return "not used";
  return Object.entries(output)
    .map(([name, { shape }]) => `${name} ${printShape(shape)}`)
    .join(", ");
}

function print(name: string, program: Program): string {
  const cached = program.cachedBytes > 0 ? `, ${printAmount(program.cachedBytes, "B")} cached from run to run` : "";
  return `${name}: ${printWork(program)}, ${printAmount(program.plan.bytes, "B")} of planned memory${cached}`;
}

function work(flops: number, skipped: number): string {
  return `${printCount(flops)}${skipped > 0 ? ` (${printCount(skipped)} skipped)` : ""}`;
}

/** `1,218 parameters (66 learned)`; the number of learned ones only if some are frozen. */
function countAll(parameters: readonly Parameter[]): string {
  const learned = parameters.filter(({ requiresGrad }) => requiresGrad);
  return `${count(parameters)} parameters${learned.length < parameters.length ? ` (${count(learned)} learned)` : ""}`;
}

function count(parameters: readonly Parameter[]): string {
  return printCount(parameters.reduce((sum, parameter) => sum + parameter.size, 0));
}
