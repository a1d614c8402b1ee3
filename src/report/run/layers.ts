import { square } from "../../base/power.ts";
import { tensorsOf } from "../../base/tensors.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import { Input, Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { traced } from "../../graph/scope.ts";
import { Variable } from "../../memory/variable.ts";
import type { Module } from "../../nn/index.ts";
import { namedMembers } from "../../nn/module/members.ts";
import { operandsOf } from "../../nn/module/outputs.ts";
import { Parameter } from "../../nn/module/parameter.ts";
import { inputsLike, outputsOf } from "../../nn/module/run.ts";
import { nameIn } from "../../nn/module/summary.ts";
import { Program } from "../../runtime/program.ts";
import {
  LEAST_SAMPLES,
  type RectifierLayer,
  countDead,
  deadUnitsFinding,
  rectifierLayer,
} from "../../study/diagnose/dead-units.ts";
import { ONE, inTraining, traceGradients, vanishingGradients } from "../../study/diagnose/vanishing-gradients.ts";
import { rateOf } from "../../study/rate-range.ts";
import { batchTensors } from "../../train/step/batch.ts";
import type { Objective } from "../../train/step/losses.ts";
import type { Trainer } from "../../train/trainer.ts";
import { histogramOf, momentsOf } from "./moments.ts";
import { finiteOrNull } from "./json.ts";
import { samplesBetween } from "./probe.ts";
import type { LayerStateRecord } from "./record.ts";

/** Numbers of all layers that are held at a time, at most: 64 MiB. */
const MOST_NUMBERS = 2 ** 24;

/** Batches of which gradients are taken. */
const BATCHES = 4;

/** A layer and what it gives. */
interface Layer {
  readonly path: string;
  readonly module: Module;
  readonly output: Operand;
  readonly rectifier: RectifierLayer | undefined;
}

/** What flows through each layer: forward in evaluation mode, gradients in training mode. Notes what is left out. */
export function layerStates(
  where: string,
  { model, options: { optimizer } }: Trainer,
  loss: Objective,
  probe: AnyDataset,
  notes: string[],
): readonly LayerStateRecord[] {
  const samples = samplesOf(where, model, probe);
  const few = samplesBetween(probe, 0, samples);
  const gradients = gradientsOf(where, model, loss, few);
  if (gradients === undefined) notes.push("Gradients are left out: they need at least two samples.");
  const vanishing = gradients && vanishingGradients(model, loss, optimizer, gradients.batches);
  const { program, layers } = traceLayers(where, model, few);
  program.execute(tensorsOf(where, "inputs", few.x, model.inputNames), where);
  return layers.map(({ path, module, output, rectifier }) => {
    const numbers = program.read(output);
    const { mean, deviation, wrong, low, high } = momentsOf(numbers);
    const counted =
      rectifier && samples >= LEAST_SAMPLES ? countDead(rectifier, program.read(rectifier.operand)) : undefined;
    const name = nameIn(path);
    const dead =
      counted && deadUnitsFinding(rectifier?.operand.layer || name, { ...counted, samples }, rateOf(optimizer));
    const squares = namedMembers(module, Parameter).flatMap(([, parameter]) => gradients?.squares.get(parameter) ?? []);
    const isVanishing = vanishing?.where !== undefined && ownsWeight(name, vanishing.where);
    return {
      path: name,
      layer: module.describe(),
      mean,
      deviation,
      histogram: histogramOf(numbers, low, high),
      dead: counted ? { units: counted.dead, of: counted.units } : null,
      gradient: squares.length === 0 ? null : finiteOrNull(Math.sqrt(meanOf(squares))),
      warnings: [
        ...(wrong > 0 ? [`${wrong} of ${numbers.length} outputs are not finite.`] : []),
        ...(dead ? [`${dead.sentence} ${dead.suggestion}`] : []),
        ...(isVanishing ? [`${vanishing.sentence} ${vanishing.suggestion}`] : []),
      ],
    };
  });
}

/** Whether a parameter belongs to the layer of a path: "0.weight" to "0". */
function ownsWeight(path: string, parameter: string): boolean {
  const end = parameter.lastIndexOf(".");
  return path === (end < 0 ? "" : parameter.slice(0, end));
}

/** The mean of several sums. */
function meanOf(all: readonly { readonly sum: number; readonly count: number }[]): number {
  const count = all.reduce((total, each) => total + each.count, 0);
  return all.reduce((total, { sum }) => total + sum, 0) / count;
}

/** How many samples may be run at a time. */
function samplesOf(where: string, model: Module, probe: AnyDataset): number {
  const { layers } = traceLayers(where, model, samplesBetween(probe, 0, 1));
  const each = layers.reduce((sum, { output }) => sum + output.size, 0);
  return Math.min(probe.length, Math.max(1, Math.floor(MOST_NUMBERS / Math.max(each, 1))));
}

/** A program of the outputs of all layers, in evaluation mode. Layers that give their input, as dropout does then, are left out. */
function traceLayers(
  where: string,
  model: Module,
  { x, length }: AnyDataset,
): { readonly program: Program; readonly layers: readonly Layer[] } {
  const inputs = inputsLike(tensorsOf(where, "inputs", x, model.inputNames));
  const paths = model.paths();
  const results = new Map<object, unknown>();
  return model.inMode(false, () =>
    traced(
      paths,
      () => {
        const out = operandsOf(outputsOf(model, inputs));
        const order = executionOrder(out);
        const seen = new Set<unknown>(inputs);
        const layers = [...paths].flatMap(([module, path]): Layer[] => {
          const output = results.get(module);
          const own = order.filter(
            (each) => each.layer === path && !(each instanceof Input || each instanceof Variable),
          );
          const isContainer =
            module.namedChildren().length > 0 && own.length === 0 && namedMembers(module, Parameter).length === 0;
          if (!(output instanceof Operand) || output.dtype !== "float32" || isContainer || seen.has(output)) return [];
          seen.add(output);
          const rectifier = own.map((each) => rectifierLayer(each, length)).find((each) => each !== undefined);
          return [{ path, module, output, rectifier }];
        });
        const wanted = layers.flatMap(({ output, rectifier }) => [output, ...(rectifier ? [rectifier.operand] : [])]);
        return { program: new Program(inputs, [...new Set([...out, ...wanted])]), layers };
      },
      results,
    ),
  );
}

/** Gradients of the loss by weights. */
interface Gradients {
  /** Sums of squares and counts of elements, by the weight. */
  readonly squares: ReadonlyMap<Parameter, { readonly sum: number; readonly count: number }>;
  readonly batches: readonly AnyDataset[];
}

/** Gradients of a few batches; undefined for a single sample, of which batch normalization has no statistics. */
function gradientsOf(where: string, model: Module, loss: Objective, samples: AnyDataset): Gradients | undefined {
  const size = Math.max(2, Math.floor(samples.length / BATCHES));
  const count = Math.min(BATCHES, Math.floor(samples.length / size));
  const batches = Array.from({ length: count }, (_, i) => samplesBetween(samples, i * size, (i + 1) * size));
  const [first] = batches;
  if (!first) return undefined;
  const squares = new Map<Parameter, { sum: number; count: number }>();
  const { program, weights } = inTraining([model, loss], () => traceGradients(model, loss, first));
  for (const batch of batches) {
    program.execute([...batchTensors(where, model, loss, batch).tensors, ONE], where);
    for (const { parameter, gradient } of weights) {
      const found = squares.get(parameter) ?? { sum: 0, count: 0 };
      const numbers = program.read(gradient);
      for (let i = 0; i < numbers.length; i++) found.sum += square(numbers[i] ?? 0);
      found.count += numbers.length;
      squares.set(parameter, found);
    }
  }
  return { squares, batches };
}
