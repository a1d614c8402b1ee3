import { describe, expect, test } from "vitest";
import { type Operand, backend, configure, nn, ops, Trainer, vjp } from "../../src/index.ts";
import { expectClose } from "../support.ts";
import {
  type ModuleCase,
  type OptimizerCase,
  type TrainingCase,
  camelCase,
  casesOf,
  entryOf,
  load,
  loadAll,
} from "./fixtures.ts";
import { sharingEveryRun } from "../threads/shared-runs.ts";
import { MODULES, type Options } from "./modules.ts";
import { OPTIMIZERS } from "./optimizers.ts";

/** PyTorch's arithmetic is float32 like ours, in another order: a few units in the last place, and cancellation near 0. */
const SINGLE = { relative: 1e-5, absolute: 1e-6 };
/** Gradients by kernels sum up to 180 products; PyTorch's own miss those in float64 by up to 3.5e-6. */
const KERNELS = { relative: 1e-5, absolute: 5e-6 };
/** Rounding is carried on from time step to time step. */
const RECURRENT = { relative: 1e-4, absolute: 1e-6 };
/** A key's bias shifts all scores of a query alike: its gradient is 0, and what both have instead is rounding. */
const ATTENTION = { relative: 1e-4, absolute: 5e-6 };
/** Rounding differs at every step and is carried along. */
const WHOLE_RUN = { relative: 1e-4, absolute: 1e-6 };

const builds = [true, false].map((reproducible) => {
  configure({ reproducible });
  return { reproducible, kernels: backend().kernels };
});
const ways = builds
  // Where the engine has no relaxed SIMD, both are the strict build, which then is tested once.
  .filter((build, i) => builds.findIndex((other) => other.kernels === build.kernels) === i)
  .flatMap((build) => [1, 2].map((threads) => ({ ...build, threads })));
describe.each(ways)("PyTorch's values, $kernels kernels, threads: $threads", ({ reproducible, threads }) => {
  sharingEveryRun({ reproducible, threads });

  for (const [family, usual] of [
    ["layers", SINGLE],
    ["activations", SINGLE],
    ["losses", SINGLE],
    ["reductions", SINGLE],
    ["recurrent", RECURRENT],
    ["attention", ATTENTION],
  ] as const) {
    test.each(casesOf<ModuleCase>(family))(`${family}: $name`, (each) => {
      const tolerance = each.op === "MultiheadAttention" ? ATTENTION : usual;
      // PyTorch keeps class weights as a buffer, and the fixtures changed it after the loss was made.
      const weights =
        each.op === "CrossEntropyLoss" && each.state["weight"] ? { weight: each.state["weight"].data } : {};
      const module = entryOf(MODULES, each.op)({ ...camelCase(each.config), ...weights } as Options);
      module.train(each.mode === "train");
      if (module.parameters().length > 0) module.loadStateDict(loadAll(each.state));
      const result = vjp(module, each.inputs.map(load), load(each.gradOutput));
      expect(result.output.shape).toEqual(each.output.shape);
      expectClose(result.output.data, each.output.data, { ...tolerance, what: "output" });
      // Every parameter has a gradient to compare with.
      expect(Object.keys(each.grads)).toEqual(expect.arrayContaining(Object.keys(result.parameters)));
      for (const [name, expected] of Object.entries(each.grads)) {
        const index = /^input(\d)$/.exec(name)?.[1];
        const actual = index === undefined ? result.parameters[name] : result.inputs[Number(index)];
        const bound = each.op.startsWith("Conv") && name === "weight" ? KERNELS : tolerance;
        expectClose(actual?.data ?? [], expected.data, { ...bound, what: `gradient by ${name}` });
      }
      // Class weights are an option here.
      const buffers = family === "losses" ? {} : (each.buffersAfter ?? {});
      for (const [name, expected] of Object.entries(buffers)) {
        expectClose(module.stateDict()[name]?.data ?? [], expected.data, { ...tolerance, what: `${name} afterwards` });
      }
    });
  }

  test.each(casesOf<OptimizerCase>("optimizers"))("optimizer: $name", (each) => {
    // The gradient of sum(weight * g) is g: any gradient can be handed to an optimizer.
    class Given extends nn.Module {
      readonly weight = new nn.Parameter(each.start.shape);
      override forward(g: Operand): Operand {
        return ops.sum(ops.multiply(this.weight, g));
      }
    }
    const model = new Given();
    model.loadStateDict({ weight: load(each.start) });
    const loss = new nn.Loss("first", (prediction) => prediction);
    const optimizer = entryOf(OPTIMIZERS, each.op)(camelCase(each.config) as Options);
    const trainer = new Trainer(model, { loss, optimizer });
    const [steps = 0, size = 0] = each.gradients.shape;
    for (let step = 0; step < steps; step++) {
      const row = (of: readonly number[]): number[] => of.slice(step * size, (step + 1) * size);
      trainer.step(load({ shape: [size], data: row(each.gradients.data) }), load({ shape: [1], data: [0] }));
      expectClose(model.weight.read(), row(each.after.data), { ...SINGLE, what: `after step ${step + 1}` });
    }
  });

  test.each(casesOf<TrainingCase>("training"))("training: $name", (each) => {
    const layers = each.layers.map(([op, config]) => entryOf(MODULES, op)(camelCase(config) as Options));
    const model = new nn.Sequential(...layers);
    model.loadStateDict(loadAll(each.start));
    const loss = entryOf(MODULES, each.loss)({}) as nn.Loss;
    const optimizer = entryOf(OPTIMIZERS, each.optimizer)(camelCase(each.optimizerConfig) as Options);
    const trainer = new Trainer(model, { loss, optimizer });
    const losses = each.losses.map(() => trainer.step(load(each.x), load(each.y)));
    expectClose(losses, each.losses, { ...WHOLE_RUN, what: "loss of step" });
    const state = model.stateDict();
    expect(Object.keys(state)).toEqual(Object.keys(each.end));
    for (const [name, expected] of Object.entries(each.end)) {
      expectClose(state[name]?.data ?? [], expected.data, { ...WHOLE_RUN, absolute: 1e-5, what: name });
    }
  });
});
