import { afterEach, describe, expect, test } from "vitest";
import { Operand, Trainer, configure, manualSeed, nn, ops, optim, tensor, vjp } from "../../../src/index.ts";
import { addEffect } from "../../../src/graph/scope.ts";
import { call } from "../../../src/graph/call.ts";
import { expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";
import { TWO_SIDED } from "../../statistics.ts";
import { Held, momentsOf, parameterFaults } from "./support.ts";

afterEach(() => configure({ threads: "auto", reproducible: false, debug: false }));

type Branch = (body: nn.Module, p: number) => nn.Module;

/** The same in other words: the body is always computed, then all of it is kept or dropped. */
class Masked extends nn.Module {
  readonly dropout: nn.Dropout;

  constructor(
    readonly body: nn.Module,
    p: number,
  ) {
    super();
    this.dropout = nn.dropout(p, { axes: [0, 1] });
  }

  override forward(x: Operand): Operand {
    return ops.add(x, this.dropout.call(this.body.call(x)));
  }
}

/** Branches one after the other and one in another, weights of which one is shared, and dropout in a body. */
function network(branch: Branch): nn.Module {
  manualSeed(7);
  const shared = nn.linear(24, 24);
  const inner = branch(nn.sequential(nn.linear(24, 24), nn.tanh(), shared), 0.5);
  return nn.sequential(
    nn.linear(10, 24),
    branch(nn.sequential(shared, nn.tanh(), nn.dropout(0.3), shared), 0.4),
    nn.tanh(),
    branch(nn.sequential(inner, nn.linear(24, 24), nn.sigmoid()), 0.5),
    nn.linear(24, 3),
  );
}

/** Losses of some steps, and the parameters after them. */
function train(branch: Branch, steps: number): readonly [number[], Record<string, ReturnType<typeof tensor>>] {
  const model = network(branch);
  const optimizer = optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 });
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
  const [x, y] = [randomTensor([300, 10], 1), randomTensor([300, 3], 2)];
  return [Array.from({ length: steps }, () => trainer.step(x, y)), model.stateDict()];
}

const byBatch: Branch = (body, p) => nn.stochasticDepth(body, p);

describe("stochasticDepth", () => {
  test("trains as a body that is always computed and then masked: losses, gradients of 0, momentum and decay", () => {
    const [losses, state] = train(byBatch, 40);
    const [expected, expectedState] = train((body, p) => new Masked(body, p), 40);
    expectClose(losses, expected, { relative: 1e-4 });
    expect(Object.keys(state)).toEqual(Object.keys(expectedState));
    for (const [name, { data }] of Object.entries(expectedState)) {
      expectClose(state[name]?.data ?? [], data, { relative: 1e-3, absolute: 1e-5, what: name });
    }
  });

  test("the same bits on 1, 2, 3 and 4 threads", async () => {
    await expectSameBits([2, 3, 4], () => train(byBatch, 20));
  });

  test("a run that looks at every value passes over what is left out", () => {
    const alone = train(byBatch, 10);
    configure({ debug: true });
    expect(train(byBatch, 10)).toEqual(alone);
  });

  test("the gradient of its input and its parameters, kept and left out", () => {
    const body = nn.sequential(nn.linear(5, 5), nn.tanh());
    const x = randomTensor([3, 5], 4);
    for (const p of [0, 1]) {
      for (const mode of ["batch", "row"] as const) {
        expectGradient(new Held(nn.stochasticDepth(body, p, { mode })), [x]);
        expect(parameterFaults(nn.stochasticDepth(body, p, { mode }), x)).toBeLessThan(2e-3);
      }
    }
    const { parameters, inputs } = vjp(nn.stochasticDepth(body, 1), [x], x);
    expect(inputs[0]?.data).toEqual(x.data);
    const gradients = Object.values(parameters).flatMap(({ data }) => [...data]);
    expect(gradients.length).toBeGreaterThan(0);
    expect(gradients.every((value) => value === 0)).toBe(true);
  });

  // A count of kept rows is binomial; by batch it is 0 or all of them.
  test.each([
    { mode: "batch", draws: 1 },
    { mode: "row", draws: 50 },
  ] as const)("by $mode: the share that is left out, and the scale of what is not", ({ mode, draws }) => {
    manualSeed(5);
    const [runs, rows, p] = [400, 50, 0.3];
    const layer = nn.stochasticDepth(nn.linear(4, 4), p, { mode });
    const x = tensor(new Float32Array(rows * 4).fill(1), [rows, 4]);
    const added = layer.predict(x).data.map((value) => value - 1);
    const kept = Array.from({ length: runs }, () => {
      const shares = layer.run(x).data.map((value, i) => (value - 1) / (added[i] ?? NaN));
      const scales = shares.filter((share) => Math.abs(share) > 1e-4);
      expectClose(
        scales,
        scales.map(() => 1 / (1 - p)),
        { relative: 1e-4 },
      );
      return scales.length / 4;
    });
    const [mean, variance] = momentsOf(kept);
    const expected = (rows ** 2 * p * (1 - p)) / draws;
    expect(Math.abs(mean - rows * (1 - p))).toBeLessThan(TWO_SIDED * Math.sqrt(expected / runs));
    // A variance of n binomial counts errs by √((kurtosis - 1) / n), with kurtosis 3 + (1 - 6 p (1 - p)) / (draws p (1 - p)).
    const kurtosis = 3 + (1 - 6 * p * (1 - p)) / (draws * p * (1 - p));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(TWO_SIDED * Math.sqrt((kurtosis - 1) / runs) + 0.01);
  });

  test("a body that is left out is not computed: numbers that are none do no harm, and running counts stand still", () => {
    class Counting extends nn.Module {
      readonly weight = new nn.Parameter([1]);
      readonly runs = new nn.Buffer([1]);
      override forward(x: Operand): Operand {
        const { runs } = this;
        addEffect(() => new Operand("count", [0], [runs], { calls: () => [call("affine", runs, runs, 1, 1, 1)] }));
        return ops.multiply(x, this.weight);
      }
    }
    const body = new Counting();
    body.weight.assign([NaN]);
    const layer = nn.stochasticDepth(body, 1);
    const x = randomTensor([3, 4], 1);
    expect(layer.run(x).data).toEqual(x.data);
    expect(body.stateDict()["runs"]?.item()).toBe(0);
    body.weight.assign([2]);
    layer.p = 0; // no new trace
    expect(layer.run(x).data).toEqual(x.data.map((value) => 3 * value));
    expect(body.stateDict()["runs"]?.item()).toBe(1);
  });

  test("batch normalization in a body learns its statistics where the body is kept", () => {
    const norm = nn.batchNorm1d(4);
    const branch = nn.stochasticDepth(nn.sequential(nn.linear(4, 4), norm), 1);
    const trainer = new Trainer(branch, { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const x = randomTensor([8, 4], 1);
    const before = norm.stateDict();
    trainer.step(x, x);
    expect(norm.stateDict()).toEqual(before);
    branch.p = 0;
    trainer.step(x, x);
    expect(norm.stateDict()["num_batches_tracked"]?.item()).toBe(1);
    expect(norm.stateDict()["running_mean"]).not.toEqual(before["running_mean"]);
  });

  test("a body that is left out costs next to nothing, there and back", () => {
    configure({ threads: 1 });
    const width = 256;
    const layers = Array.from({ length: 4 }, () => nn.linear(width, width));
    const layer = nn.stochasticDepth(nn.sequential(...layers), 0);
    const trainer = new Trainer(nn.sequential(nn.linear(width, width), layer), {
      loss: nn.mseLoss(),
      optimizer: optim.sgd({ lr: 0 }),
    });
    const x = randomTensor([256, width], 1);
    const time = (p: number): number => {
      layer.p = p;
      const began = performance.now();
      trainer.step(x, x);
      return performance.now() - began;
    };
    [time(0), time(1)].forEach((each) => expect(each).toBeGreaterThan(0)); // compiles
    // Five layers against one, without whose gradient by x it is two thirds: 14 products against 2. Other processes slow
    // single steps down, so that the fastest of many are compared.
    let [kept, dropped] = [Infinity, Infinity];
    for (let round = 0; round < 500 && (round < 15 || dropped / kept >= 0.4); round++) {
      kept = Math.min(kept, time(0));
      dropped = Math.min(dropped, time(1));
    }
    expect(dropped / kept).toBeLessThan(0.4);
  });
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.stochasticDepth(nn.relu(), 2), "RangeError: stochasticDepth: p must be from 0 to 1; got 2"],
  [
    () => nn.stochasticDepth(nn.relu(), 0.5, { mode: "sample" as never }),
    'RangeError: stochasticDepth: mode must be "batch" or "row"; got "sample"',
  ],
  [
    () => nn.stochasticDepth(nn.relu(), 0.5, { by: "row" } as never),
    "TypeError: stochasticDepth: options must be mode; got by",
  ],
  [() => nn.stochasticDepth(0.5 as never, 0.5), "TypeError: stochasticDepth: the body must be a module; got 0.5"],
  ...([true, false] as const).map((training): [() => unknown, string] => [
    () =>
      nn
        .sequential(nn.stochasticDepth(nn.linear(4, 3), 0.5))
        .train(training)
        .run(randomTensor([2, 4], 1)),
    'ShapeError: stochasticDepth: the body must keep the shape of its input; got add [2, 3] from "0.body" (linear 4 -> 3) for input [2, 4] (in "0" (stochasticDepth 0.5, by batch))',
  ]),
];
test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
