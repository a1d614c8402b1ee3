import { INSPECT } from "../base/inspect.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { printPercent, printTable } from "../base/print.ts";
import type { Tensor } from "../base/tensor.ts";
import { type Tensors, tensorsOf } from "../base/tensors.ts";
import type { Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { traced, withWeights } from "../graph/scope.ts";
import { FLOAT32, type WeightFormat, type Weights } from "../graph/weights.ts";
import { type Module, requireModule } from "../nn/module/module.ts";
import { isNamed, operandsOf } from "../nn/module/outputs.ts";
import { inputsLike, outputsOf } from "../nn/module/run.ts";
import { type WeightOptions, weightsOf } from "../nn/module/weights.ts";
import { Program } from "../runtime/program.ts";

/** A difference from the numbers of float32, as shares of them. */
export interface Loss {
  /** The largest difference, as a share of the largest number. */
  readonly largest: number;
  /** The root of the mean square of differences, as a share of that of the numbers. */
  readonly rms: number;
}

/** What a layer loses by small weights where all others have float32 ones. */
export interface LayerLoss {
  /** As `keep` takes it. */
  readonly path: string;
  /** The layer in a few words: `linear 784 -> 512`. */
  readonly layer: string;
  /** Of the output of the layer. */
  readonly own: Loss;
  /** Of the output of the model. */
  readonly model: Loss;
}

/** What each layer of a model loses by small weights; prints as a table, the layer first that changes the model's output most. */
export class WeightLoss {
  readonly weights: WeightFormat;
  /** In the order of the losses of the model's output, the largest first. */
  readonly layers: readonly LayerLoss[];
  /** Of the output of the model where all of these layers have small weights. */
  readonly all: Loss;

  /** @internal */
  constructor(weights: WeightFormat, layers: readonly LayerLoss[], all: Loss) {
    this.weights = weights;
    this.layers = layers.toSorted((a, b) => b.model.rms - a.model.rms);
    this.all = all;
  }

  toString(): string {
    const percent = ({ largest, rms }: Loss): string[] => [printPercent(rms, 3), printPercent(largest, 3)];
    const rows = this.layers.map(({ path, layer, own, model }) => [path, layer, ...percent(own), ...percent(model)]);
    const total = ["", `all in ${this.weights}`, "", "", ...percent(this.all)];
    return printTable(["", "layer", "rms", "largest", "model's rms", "model's largest"], [...rows, total]);
  }

  /** What `console.log` prints: the table. */
  [INSPECT](): string {
    return String(this);
  }
}

const DEFAULTS = { weights: "int8", keep: [] } as const satisfies Defaults<WeightOptions>;

/**
 * What each layer of a model loses by small weights: how far its output, and that of the model, in evaluation mode differ from
 * those with float32 weights on these inputs, where this layer alone has small weights; then where all have. Layers that lose
 * much are candidates for `keep`.
 *
 * @param inputs one tensor; or several, in the order of `forward` or by the names in `inputNames`. They run as one batch: some
 * hundred samples are enough.
 * @param options.weights as for `exportWasm`. Default: "int8".
 * @throws ShapeError when sizes do not fit, naming the layer
 * @throws RangeError when the format is unknown, or `keep` has a path that no layer has
 * @throws TypeError when an input is not a tensor
 */
export function weightLoss(model: Module, inputs: Tensors, options: WeightOptions = {}): WeightLoss {
  const where = "weightLoss";
  requireModule(where, "the model", model);
  const settings = withDefaults(where, options, DEFAULTS);
  const weights = weightsOf(where, model, settings);
  const tensors = tensorsOf(where, "inputs", inputs, model.inputNames);
  return model.inMode(false, () => {
    const paths = model.paths();
    const exact = traceOf(model, tensors, FLOAT32);
    const all = traceOf(model, tensors, weights);
    const small = new Set(executionOrder(all.outputs).flatMap(({ rule, layer }) => (rule.holds ? [layer] : [])));
    const layers = model.namedModules().filter(([, layer]) => small.delete(paths.get(layer) ?? ""));
    const measured = layers.map(([, layer]) => layer);
    const expected = numbersOf(exact, measured, tensors);
    const losses = layers.map(([path, layer]): LayerLoss => {
      const label = paths.get(layer);
      const kept = new Set([...paths.values()].filter((each) => each !== label));
      const [own, whole] = numbersOf(traceOf(model, tensors, { ...weights, kept }), [layer], tensors);
      const before = expected[measured.indexOf(layer)];
      return { path, layer: layer.describe(), own: lossOf(own, before), model: lossOf(whole, expected.at(-1)) };
    });
    const [whole] = numbersOf(all, [], tensors);
    return new WeightLoss(settings.weights, losses, lossOf(whole, expected.at(-1)));
  });
}

/** A model traced with weights in some format: its inputs, its outputs and those of its layers. */
interface Traced {
  readonly inputs: ReturnType<typeof inputsLike>;
  readonly outputs: readonly Operand[];
  readonly results: ReadonlyMap<object, unknown>;
}

function traceOf(model: Module, tensors: readonly Tensor[], weights: Weights): Traced {
  const inputs = inputsLike(tensors);
  const results = new Map<object, unknown>();
  const work = (): readonly Operand[] => withWeights(weights, () => operandsOf(outputsOf(model, inputs)));
  return { inputs, outputs: traced(model.paths(), work, results), results };
}

/** The numbers that each of these layers gives, then those that the model gives. */
function numbersOf({ inputs, outputs, results }: Traced, layers: readonly Module[], tensors: readonly Tensor[]) {
  const groups = [...layers.map((layer) => resultsOf(results.get(layer))), outputs];
  const program = new Program(inputs, [...new Set(groups.flat())]);
  const copies = program.run(tensors, "weightLoss");
  return groups.map((group) => group.flatMap((operand) => [...(copies[program.outputs.indexOf(operand)]?.data ?? [])]));
}

function resultsOf(result: unknown): readonly Operand[] {
  return isNamed(result) ? Object.values(result) : [result as Operand];
}

/** How far numbers are from those of float32. */
function lossOf(numbers: readonly number[] = [], exact: readonly number[] = []): Loss {
  let [largest, most, squares, total] = [0, 0, 0, 0];
  exact.forEach((expected, i) => {
    const difference = Math.abs((numbers[i] ?? NaN) - expected);
    largest = Math.max(largest, difference);
    most = Math.max(most, Math.abs(expected));
    squares += difference * difference;
    total += expected * expected;
  });
  const share = (part: number, whole: number): number => (part === 0 ? 0 : part / whole);
  return { largest: share(largest, most), rms: Math.sqrt(share(squares, total)) };
}
