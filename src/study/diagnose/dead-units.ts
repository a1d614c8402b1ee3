import type { AnyDataset } from "../../data/dataset.ts";
import { tensorsOf } from "../../base/tensors.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import type { Module } from "../../nn/index.ts";
import { operandsOf } from "../../nn/module/outputs.ts";
import { inputsLike, outputsOf } from "../../nn/module/run.ts";
import { Program } from "../../runtime/program.ts";
import { type DeadUnits, digits } from "./finding.ts";

/** Operations whose result, and gradient, is 0 for all inputs below 0. */
const RECTIFIERS: ReadonlySet<string> = new Set(["relu", "relu6"]);

/** The share of dead units of a layer that is a fault. */
const MOST_DEAD = 0.4;

/** With fewer samples, a unit that is active for 3 % of them may be 0 for all. */
export const LEAST_SAMPLES = 100;

const LEAST_UNITS = 8;

/** Units of a layer that may be dead. */
export interface RectifierLayer {
  readonly operand: Operand;
  /** The axis of units. */
  readonly axis: number;
}

/**
 * Dead units: at least 40 % of the units of a relu or relu6 are 0 for all samples, so that no gradient reaches them. Units of a
 * convolution are its channels, 0 at all places. There must be 100 samples, so that a unit that is active for more than 3 % of
 * them is seen to be with a probability of 95 %, and 8 units.
 *
 * Source: of the 40 %, Karpathy, CS231n, https://cs231n.github.io/neural-networks-1/#actfun; of 3 divided by the samples, Hanley
 * and Lippman-Hand 1983, https://doi.org/10.1001/jama.1983.03330370053031
 */
export function deadUnits(model: Module, { x, length: samples }: AnyDataset, rate: number): DeadUnits[] {
  if (samples < LEAST_SAMPLES) return [];
  const tensors = tensorsOf("diagnose", "inputs", x, model.inputNames);
  const inputs = inputsLike(tensors);
  const { program, layers } = model.inMode(false, () =>
    model.trace(() => {
      const out = operandsOf(outputsOf(model, inputs));
      const found = executionOrder(out).flatMap((operand) => rectifierLayer(operand, samples) ?? []);
      return { program: new Program(inputs, [...out, ...found.map(({ operand }) => operand)]), layers: found };
    }),
  );
  if (layers.length === 0) return [];
  program.execute(tensors, "diagnose");
  return layers.flatMap((layer) => {
    const { units, dead } = countDead(layer, program.read(layer.operand));
    const finding = deadUnitsFinding(layer.operand.layer || layer.operand.operation, { units, dead, samples }, rate);
    return finding ? [finding] : [];
  });
}

/** The finding of a layer; undefined if too few of its units are dead, or there are too few samples or units to tell. */
export function deadUnitsFinding(
  where: string,
  { units, dead, samples }: DeadUnits["evidence"],
  rate: number,
): DeadUnits | undefined {
  if (samples < LEAST_SAMPLES || units < LEAST_UNITS || dead < MOST_DEAD * units) return undefined;
  const lr = rate / 10;
  return {
    kind: "dead units",
    confidence: "high",
    where,
    evidence: { units, dead, samples },
    sentence: `In layer ${where}, ${dead} of ${units} units are 0 for all of ${samples} samples.`,
    suggestion: `Train again at a learning rate of ${digits(lr)} instead of ${digits(rate)}, from initial biases near 0; or use leakyRelu or gelu.`,
    change: { lr },
  };
}

/** Counts units that are 0 for all samples. */
export function countDead(
  layer: RectifierLayer,
  numbers: ArrayLike<number>,
): { readonly units: number; readonly dead: number } {
  const units = layer.operand.shape[layer.axis] ?? 0;
  return { units, dead: units - activeUnits(layer, numbers) };
}

/** The layer of a rectifier with a row for each sample; undefined for other operands. */
export function rectifierLayer(operand: Operand, samples: number): RectifierLayer | undefined {
  if (!isRectifier(operand) || operand.shape[0] !== samples) return undefined;
  const axis = axisOfUnits(operand);
  return axis === undefined ? undefined : { operand, axis };
}

/** relu6 is computed as hardtanh from 0 to 6. */
function isRectifier({ operation, layer }: Operand): boolean {
  return RECTIFIERS.has(operation) || (operation === "hardtanh" && layer.endsWith("(relu6)"));
}

/** Axis 1 of a result of a convolution, or of [samples, units]; the last one of a matrix product; undefined for others. */
function axisOfUnits({ shape, inputs }: Operand): number | undefined {
  if (shape.length === 2) return 1;
  let [source] = inputs;
  while (source) {
    if (source.operation.startsWith("convolve")) return 1;
    if (source.operation === "matmul") return shape.length - 1;
    [source] = source.inputs;
  }
  return undefined;
}

/** Count of units that are not 0 everywhere. */
function activeUnits({ operand: { shape }, axis }: RectifierLayer, numbers: ArrayLike<number>): number {
  const units = shape[axis] ?? 0;
  const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const isActive = new Uint8Array(units);
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) isActive[Math.floor(i / inner) % units] = 1;
  return isActive.reduce((sum, each) => sum + each, 0);
}
