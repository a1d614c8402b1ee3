import { requireArray, requireOneOf } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type InputSpecs, inputKinds } from "../nn/module/input-kinds.ts";
import { type Module, requireModule } from "../nn/module/module.ts";
import { type WeightOptions, weightsOf } from "../nn/module/weights.ts";
import type { Outputs, OutputsOf } from "../nn/module/outputs.ts";
import { KeptState } from "../nn/recurrent/kept-state.ts";
import { binaryOf } from "../runtime/binaries.ts";
import { type Facts, addressesOf, describe, portsOf } from "./description.ts";
import { Exported } from "./exported.ts";
import { layOut } from "./layout.ts";
import { tracesOf } from "./traces.ts";
import { readKernels } from "./wasm/kernel-module.ts";
import { link } from "./wasm/link.ts";

export interface ExportOptions<M extends Module = Module> extends WeightOptions {
  /**
   * `strict` kernels round after a multiply and after an add: the same bits in every host. `relaxed` ones fuse both where the host
   * can, and run only where WebAssembly has relaxed SIMD (Node 22, Chrome 114, Firefox 145). Default: "strict".
   */
  readonly kernels?: "strict" | "relaxed";
  /** Further batch sizes, each with a function of its own, `run_32`, over the same weights. Default: none. */
  readonly batchSizes?: readonly number[];
  /**
   * `keep` lets recurrent layers without an initial state begin with their final state of the run before, at first zeros; `reset()`
   * sets it to zeros again. `zero` begins every run with zeros. Default: "zero".
   */
  readonly state?: "zero" | "keep";
  /** Operations on the inputs before the model, which become part of the file. Default: none. */
  readonly before?: (...inputs: readonly Operand[]) => Operand | readonly Operand[];
  /** Operations on what the model gives: `(scores) => ops.softmax(scores)`. Default: none. */
  readonly after?: (outputs: OutputsOf<M>) => Outputs;
}

const DEFAULTS = {
  weights: "float32",
  keep: [],
  kernels: "strict",
  batchSizes: [],
  state: "zero",
  before: undefined,
  after: undefined,
} as const satisfies Defaults<ExportOptions>;

/**
 * Makes one WebAssembly module of a model in evaluation mode. It imports nothing: it has the weights, the kernels that the model
 * needs, and a plan of its memory. With strict kernels its outputs have the bits of `model.predict` with strict kernels.
 *
 * Exports: `run()` and `memory`; `input` and `output`, the addresses of the first bytes (`input_NAME` and `output_NAME` where there
 * are several); `run_N()` for each further batch size N; `reset()` where states are kept; `description` and `description_length`,
 * the place of the JSON that the custom section `lanegrad` has too: names, dtypes, shapes and addresses. A run leaves its inputs
 * as they are.
 *
 * @param inputs the shape of the only input, as `[1, 784]`; or of several, as in `compile`
 * @throws ShapeError when sizes do not fit, or a further batch size needs inputs and outputs whose first axis is the batch
 * @throws TypeError when the model draws random numbers in evaluation mode, or changes variables; or states are to be kept, but no
 * layer has one, or one is bidirectional; or two inputs or outputs have one name, or one has a name that UTF-8 cannot hold
 * @throws Error when constants of relaxed kernels are to be computed by an engine without relaxed SIMD
 * @throws RangeError when states are to be kept and there are further batch sizes, or a run takes more than 4 GiB of memory
 */
export function exportWasm<M extends Module>(model: M, inputs: InputSpecs, options: ExportOptions<M> = {}): Exported {
  const where = "exportWasm";
  requireModule(where, "the model", model);
  const settings = withDefaults(where, options, DEFAULTS);
  requireOneOf(where, "kernels", settings.kernels, ["strict", "relaxed"]);
  requireOneOf(where, "state", settings.state, ["zero", "keep"]);
  const kept = settings.state === "keep" ? new KeptState() : undefined;
  const kinds = inputKinds(where, inputs, "float32", model.inputNames);
  requireArray(where, "batchSizes", settings.batchSizes);
  const traces = tracesOf(where, model, kinds, settings.batchSizes, {
    ...settings,
    kept,
    // Weights as they are serve all batch sizes.
    weights: { ...weightsOf(where, model, settings), steady: settings.batchSizes.length === 0 },
  });
  const [{ program, outputNames }] = traces;
  requireStates(where, kept, settings.batchSizes);
  const facts: Facts = {
    kernels: settings.kernels,
    weights: settings.weights,
    inputs: portsOf(where, "input", program.inputs, model.inputNames),
    outputs: portsOf(where, "output", program.outputs, outputNames),
    runs: traces.map(({ batch }, i) => ({ name: i === 0 ? "run" : `run_${batch}`, batch })),
    keepsState: kept !== undefined,
  };
  const kernels = readKernels(binaryOf(settings.kernels));
  const programs = traces.map((trace) => trace.program);
  const layout = layOut(kernels, programs, (...addresses) =>
    new TextEncoder().encode(JSON.stringify(describe(facts, ...addresses))),
  );
  const description = describe(facts, layout.inputs, layout.outputs);
  const linked = link(kernels, {
    functions: {
      ...Object.fromEntries(facts.runs.map(({ name }, i) => [name, layout.actions[i] ?? []])),
      ...(kept && { reset: layout.reset }),
    },
    globals: {
      ...addressesOf("input", description.inputs),
      ...addressesOf("output", description.outputs),
      description: layout.text.address,
      description_length: layout.text.bytes.length,
    },
    data: [...layout.weights, layout.text],
    memory: layout.memory,
    custom: { lanegrad: JSON.stringify(description) },
  });
  return new Exported(description, linked, layout);
}

function requireStates(where: string, kept: KeptState | undefined, batchSizes: readonly number[]): void {
  if (!kept) return;
  kept.requireSome(where);
  if (batchSizes.length === 0) return;
  throw new RangeError(
    `${where}: a model that keeps states must have one batch size; got further ones: ${batchSizes.join(", ")}`,
  );
}
