import { beforeEach, describe, expect, test } from "vitest";
import { StateDictError, type StateRecord, Tensor, Trainer, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

const [x, y] = [randomTensor([4, 2], 1), randomTensor([4, 1], 2)];

/** A trainer of a layer of two weights and a bias. */
function trainerOf(optimizer: optim.Optimizer): Trainer {
  manualSeed(1);
  return new Trainer(nn.sequential(nn.linear(2, 1)), { loss: nn.mseLoss(), optimizer });
}

function stepped<O extends optim.Optimizer>(optimizer: O, steps = 3): O {
  const trainer = trainerOf(optimizer);
  for (let i = 0; i < steps; i++) trainer.step(x, y);
  return optimizer;
}

function attached<O extends optim.Optimizer>(optimizer: O): O {
  return stepped(optimizer, 0);
}

/** What `loadStateDict` says of a state; the optimizer must stay as it was. */
function refusal(optimizer: optim.Optimizer, state: unknown): string {
  const before = JSON.stringify(optimizer.stateDict());
  const error = errorOf(() => optimizer.loadStateDict(state as StateRecord));
  expect(error).toBeInstanceOf(StateDictError);
  expect(JSON.stringify(optimizer.stateDict())).toBe(before);
  return String(error).replace(/.*must be one of this optimizer; got /, "");
}

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The state with other options in its first group. */
function withOptions(state: optim.OptimizerState, options: Readonly<Record<string, unknown>>): StateRecord {
  const [first, ...others] = state.param_groups;
  return { ...state, param_groups: [{ ...first, ...options } as StateRecord, ...others] };
}

/** The state with other entries of a parameter. */
function withEntry(state: optim.OptimizerState, index: number, entry: unknown): StateRecord {
  return { ...state, state: { ...state.state, [index]: entry as StateRecord } };
}

test("an optimizer without a trainer has no state", () => {
  expect(() => optim.adam().stateDict()).toThrow(TypeError);
  expect(() => optim.adam().loadStateDict({ state: {}, param_groups: [] })).toThrow(
    "adam: loadStateDict must be called for an optimizer of a trainer; got one without",
  );
});

test("before the first step there are no entries, but Adagrad's", () => {
  expect(attached(optim.adam()).stateDict()).toEqual({
    state: {},
    param_groups: [{ lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, weight_decay: 0, params: [0, 1] }],
  });
  expect(attached(optim.adagrad({ initialAccumulatorValue: 2 })).stateDict().state[1]).toEqual({
    step: 0,
    sum: tensor([2]),
  });
});

test("Lion saves the momentum of its reference implementation", () => {
  const { state, param_groups: groups } = stepped(optim.lion()).stateDict();
  expect(Object.keys(state[0] ?? {})).toEqual(["step", "exp_avg"]);
  expect(groups).toEqual([{ lr: 1e-4, betas: [0.9, 0.99], weight_decay: 0, params: [0, 1] }]);
  const other = attached(optim.lion());
  const { step, ...reference } = state[0] ?? {};
  expect(step).toBe(3);
  other.loadStateDict({ state: { 0: reference }, param_groups: groups });
  expect(other.steps).toBe(1);
});

test("what is saved is a copy, and so is what is loaded", () => {
  const optimizer = stepped(optim.adam());
  const saved = optimizer.stateDict();
  const text = JSON.stringify(saved);
  optimizer.loadStateDict(saved);
  const { exp_avg: mean } = saved.state[0] ?? {};
  if (!(mean instanceof Tensor)) throw new Error("exp_avg must be a tensor");
  mean.data.fill(7);
  expect(JSON.stringify(optimizer.stateDict())).toBe(text);
});

test("rates and momentum are restored: schedules change them", () => {
  const first = stepped(optim.sgd({ momentum: 0.9, groups: [{ parameters: (name) => name.endsWith("bias"), lr: 2 }] }));
  optim.stepLr(first, 3);
  first.lr = 0.25;
  first.momentum = 0.5;
  const second = attached(
    optim.sgd({ momentum: 0.9, groups: [{ parameters: (name) => name.endsWith("bias"), lr: 1 }] }),
  );
  second.loadStateDict(structuredClone(first.stateDict()));
  expect(second.groups.map(({ lr, initialLr }) => [lr, initialLr])).toEqual([
    [0.25, 1e-3],
    [2, 2],
  ]);
  expect([second.momentum, second.steps]).toEqual([0.5, 3]);
});

test("parameters without an entry start as new ones", () => {
  const state = stepped(optim.adam()).stateDict();
  const optimizer = stepped(optim.adam(), 5);
  optimizer.loadStateDict({ ...state, state: { 1: state.state[1] ?? {} } });
  expect(optimizer.steps).toBe(3);
  expect(optimizer.stateDict().state[0]).toEqual({ step: 3, exp_avg: zeros(), exp_avg_sq: zeros() });
  optimizer.loadStateDict({ ...state, state: {} });
  expect(optimizer.steps).toBe(0);
});

test("a parameter that was frozen from the start has no entry, as in PyTorch", () => {
  const optimizer = optim.adam();
  const trainer = trainerOf(optimizer);
  const [, bias] = trainer.model.parameters();
  if (bias) bias.requiresGrad = false;
  trainer.step(x, y);
  expect(Object.keys(optimizer.stateDict().state)).toEqual(["0"]);
});

test("a first group without parameters may be absent, and indices may be any", () => {
  const make = (): optim.Adam => optim.adam({ groups: [{ parameters: () => true, lr: 0.1 }] });
  const state = stepped(make()).stateDict();
  expect(state.param_groups.map(({ params }) => params)).toEqual([[], [0, 1]]);
  const [, group] = state.param_groups;
  const second = attached(make());
  second.loadStateDict({
    state: { 7: state.state[0] ?? {}, 5: state.state[1] ?? {} },
    param_groups: [{ ...group, params: [7, 5] }],
  });
  expect(second.stateDict()).toEqual(state);
});

test("SGD of PyTorch 1.13 has null for a parameter that was never stepped", () => {
  const optimizer = stepped(optim.sgd({ momentum: 0.9 }));
  const state = withEntry(optimizer.stateDict(), 0, { momentum_buffer: null });
  optimizer.loadStateDict(withEntry(state as optim.OptimizerState, 1, { momentum_buffer: tensor([2]) }));
  expect(optimizer.steps).toBe(1);
  expect(optimizer.stateDict().state).toEqual({
    0: { step: 1, momentum_buffer: zeros() },
    1: { step: 1, momentum_buffer: tensor([2]) },
  });
  const plain = stepped(optim.sgd());
  plain.loadStateDict({ ...plain.stateDict(), state: { 0: { momentum_buffer: null }, 1: { momentum_buffer: null } } });
  expect(plain.steps).toBe(0);
});

function zeros(): Tensor<"float32"> {
  return new Tensor([1, 2], "float32", new Float32Array(2));
}

describe("refused", () => {
  let adam: optim.Adam;
  let state: optim.OptimizerState;
  beforeEach(() => {
    adam = stepped(optim.adam({ maxNorm: 3 }));
    state = adam.stateDict();
  });

  test("each option that differs is named with both values", () => {
    const other = attached(
      optim.adam({ betas: [0.9, 0.99], eps: 1e-7, amsgrad: true, weightDecay: 0.5, l1: 2, maxNorm: 4 }),
    );
    expect(refusal(other, { ...state, state: {} })).toBe(
      [
        "param_groups[0].betas[1] as 0.999 instead of 0.99",
        "param_groups[0].eps as 1e-8 instead of 1e-7",
        "param_groups[0].amsgrad as false instead of true",
        "param_groups[0].weight_decay as 0 instead of 0.5",
        "param_groups[0].l1 as 0 instead of 2",
        "param_groups[0].max_norm as 3 instead of 4",
      ].join("; "),
    );
  });

  test.each<[options: Readonly<Record<string, unknown>>, problem: string]>([
    [{ maximize: true }, "param_groups[0].maximize as true instead of false"],
    [{ decoupled_weight_decay: true }, "param_groups[0].decoupled_weight_decay as true instead of false"],
    [{ nesterov: true }, 'param_groups[0]: unknown "nesterov" of true'],
    [{ lr: -1 }, "param_groups[0].lr as -1 instead of a finite number of at least 0"],
    [{ lr: 1e39 }, "param_groups[0].lr as 1e+39 instead of a finite number of at least 0"],
    [{ lr: NaN }, "param_groups[0].lr as NaN instead of a number"],
    [{ lr: undefined }, 'param_groups[0]: no "lr"'],
    [{ initial_lr: "1" }, 'param_groups[0].initial_lr as "1" instead of a number'],
    [{ betas: [1, 0.999] }, "param_groups[0].betas[0] as 1 instead of a number from 0 to below 1"],
    [{ betas: 0.9 }, "param_groups[0].betas as 0.9 instead of an array"],
    [{ eps: undefined }, 'param_groups[0]: no "eps"'],
    [{ params: [0] }, "param_groups[0]: 1 params instead of 2"],
    [{ params: [0, 0] }, "param_groups with a parameter twice"],
    [{ params: [0, "1"] }, 'param_groups[0].params[1] as "1" instead of a whole number of at least 0'],
    [{ params: [0, 2] }, 'unknown "state.1"'],
  ])("options %j", (options, problem) => {
    expect(refusal(adam, withOptions(state, options))).toContain(problem);
  });

  test("switches of PyTorch that do not change what a step gives are accepted", () => {
    const switches = { maximize: false, foreach: null, capturable: false, differentiable: false, fused: true };
    adam.loadStateDict(withOptions(state, { ...switches, decoupled_weight_decay: false, max_lr: 1 }));
    expect(adam.stateDict()).toEqual(state);
  });

  test.each<[entry: unknown, problem: string]>([
    [3, "state.0 as 3 instead of an object"],
    [{}, 'state.0: no "exp_avg"; state.0: no "exp_avg_sq"; state.0: no "step"'],
    [{ step: 1.5 }, "state.0.step as 1.5 instead of a whole number of at least 0"],
    [{ step: tensor([3, 3]) }, "instead of a whole number of at least 0"],
    [{ exp_avg: tensor([1, 2]) }, "state.0.exp_avg as [2] instead of [1, 2]"],
    [{ exp_avg: tensor([[1, 2]], undefined, "int32") }, "state.0.exp_avg as int32 instead of float32"],
    [{ max_exp_avg_sq: tensor([[1, 2]]) }, 'state.0: unknown "max_exp_avg_sq"'],
    [{ step: 4 }, "step of parameters that differ, 4 of parameter 0 and 3 of 1 (they must agree)"],
  ])("an entry of %j", (entry, problem) => {
    const isEmpty = typeof entry === "object" && Object.keys(entry ?? {}).length === 0;
    const whole = isEmpty || typeof entry !== "object" ? entry : { ...state.state[0], ...entry };
    expect(refusal(adam, withEntry(state, 0, whole))).toContain(problem);
  });

  test.each<[state: unknown, problem: string]>([
    [null, "the state as null instead of an object"],
    [[], "the state as [] instead of an object"],
    [{}, 'no "param_groups"; no "state"'],
    [{ state: {}, param_groups: [] }, "0 param_groups instead of 1"],
    [{ state: { 9: {} }, param_groups: [] }, 'unknown "state.9"'],
  ])("the state %j", (given, problem) => {
    expect(refusal(adam, given)).toContain(problem);
  });

  test("groups with a momentum of their own", () => {
    const sgd = stepped(optim.sgd({ momentum: 0.9, groups: [{ parameters: (name) => name.endsWith("bias") }] }));
    expect(refusal(sgd, withOptions(sgd.stateDict(), { momentum: 0.8 }))).toBe(
      "groups of momentum 0.8 and 0.9 (all groups must have the same)",
    );
  });

  test("momentum for an optimizer without", () => {
    const withMomentum = stepped(optim.sgd({ momentum: 0.9 })).stateDict();
    expect(refusal(attached(optim.sgd()), withMomentum)).toBe(
      'param_groups[0].momentum as 0.9 instead of 0; state.0: unknown "momentum_buffer"; state.1: unknown "momentum_buffer"',
    );
  });
});

test("the count of steps is saved if all parameters are frozen, as those of a discriminator are now and then", () => {
  for (const make of [() => optim.sgd(), () => optim.adagrad(), () => optim.nAdam()]) {
    const trainer = trainerOf(make());
    trainer.step(x, tensor([[0], [0], [0], [0]])); // makes slots, if there are any
    const [first, second] = [trainer.options.optimizer, attached(make())];
    for (const parameter of trainer.model.parameters()) parameter.requiresGrad = false;
    second.loadStateDict(first.stateDict());
    expect([second.steps, JSON.stringify(second.stateDict())]).toEqual([1, JSON.stringify(first.stateDict())]);
  }
});
