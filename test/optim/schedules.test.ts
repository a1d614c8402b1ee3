import { describe, expect, test } from "vitest";
import { optim } from "../../src/index.ts";
import { expectClose, thrownBy } from "../support.ts";

const sgd = (): optim.Sgd => optim.sgd({ lr: 0.1 });

/** Rates before each of some steps. */
function rates(scheduler: optim.Scheduler, count: number): number[] {
  return Array.from({ length: count }, () => {
    const { lr } = scheduler.optimizer;
    scheduler.step();
    return lr;
  });
}

const tight = { relative: 1e-12, absolute: 1e-16 };

describe("schedules", () => {
  // PyTorch 1.13's rates for lr 0.1.
  const cases: readonly [string, (optimizer: optim.Optimizer) => optim.Scheduler, number[]][] = [
    [
      "chained",
      (optimizer) =>
        optim.chainedScheduler([
          optim.constantLr(optimizer, { factor: 0.1, totalIters: 2 }),
          optim.exponentialLr(optimizer, 0.9),
        ]),
      [0.010000000000000002, 0.009000000000000003, 0.08100000000000003, 0.07290000000000003, 0.06561000000000003],
    ],
    [
      "one after the other",
      (optimizer) =>
        optim.sequentialLr(
          optimizer,
          [optim.constantLr(optimizer, { factor: 0.1, totalIters: 2 }), optim.exponentialLr(optimizer, 0.9)],
          [2],
        ),
      [0.010000000000000002, 0.010000000000000002, 0.1, 0.09000000000000001, 0.08100000000000002],
    ],
    ["lambda", (optimizer) => optim.lambdaLr(optimizer, (t) => 0.95 ** t), [0.1, 0.095, 0.09025, 0.0857375]],
  ];
  test.each(cases)("%s", (_, make, expected) => {
    expectClose(rates(make(sgd()), expected.length), expected, tight);
  });

  test("one cycle of three phases along lines, momentum against rate", () => {
    const optimizer = optim.rmsprop({ lr: 0.1, momentum: 0.9 });
    const options = { totalSteps: 10, threePhase: true, annealStrategy: "linear", pctStart: 0.4 } as const;
    const scheduler = optim.oneCycleLr(optimizer, 1, options);
    const [lr, momentum]: [number[], number[]] = [[], []];
    for (let step = 0; step < 10; step++) {
      lr.push(optimizer.lr);
      momentum.push(optimizer.momentum ?? NaN);
      scheduler.step();
    }
    const up = [0.04, 0.36, 0.68, 1, 0.68, 0.36, 0.04, 0.026668, 0.013336, 4e-6];
    expectClose(lr, up, { relative: 1e-10, absolute: 1e-15 });
    const down = [0.95, 0.9166666666666666, 0.8833333333333333, 0.85, 0.8833333333333333, 0.9166666666666666];
    expectClose(momentum, [...down, 0.95, 0.95, 0.95, 0.95], tight);
  });

  test("one cycle by epochs, with the first of the betas, or without", () => {
    const adam = optim.adam();
    const scheduler = optim.oneCycleLr(adam, 0.1, { epochs: 5, stepsPerEpoch: 4 });
    expect(adam.momentum).toBe(0.95);
    for (let step = 0; step < 20; step++) scheduler.step();
    expect(adam.momentum).toBe(0.95);
    expect(adam.lr).toBeCloseTo(4e-7, 12);
    expect(() => scheduler.step()).toThrow("oneCycleLr: there must be at most 20 steps; got 21");
    expect([adam.lr, scheduler.steps]).toEqual([expect.closeTo(4e-7, 12), 20]);
    const plain = sgd();
    optim.oneCycleLr(plain, 0.1, { totalSteps: 5, cycleMomentum: false });
    expect(plain.momentum).toBeUndefined();
  });

  test("every group goes from its own rate", () => {
    const optimizer = optim.sgd({ lr: 0.1, groups: [{ parameters: () => true, lr: 1 }] });
    const lrs = (): number[] => optimizer.groups.map(({ lr }) => lr);
    const scheduler = optim.stepLr(optimizer, 2);
    scheduler.steps = 4;
    expectClose(lrs(), [0.001, 0.01], tight);
    optim.oneCycleLr(optimizer, [0.25, 2.5], { totalSteps: 4, cycleMomentum: false });
    expectClose(lrs(), [0.01, 0.1], tight);
    optim.lambdaLr(optimizer, [() => 1, () => 0.5]);
    expectClose(lrs(), [0.1, 0.5], tight);
  });

  test("what a schedule starts from is the rate when the first is made", () => {
    const optimizer = sgd();
    optimizer.lr = 0.5;
    optim.linearLr(optimizer, { startFactor: 0.1, totalIters: 2 }).step();
    expect(optimizer.lr).toBeCloseTo(0.275, 12);
    optim.exponentialLr(optimizer, 0.5).step();
    expect(optimizer.lr).toBeCloseTo(0.25, 12);
  });
});

describe("reduce on plateau, as PyTorch 1.13 does", () => {
  const cases: readonly [optim.PlateauOptions, number[], number[]][] = [
    [
      { patience: 1, factor: 0.5, cooldown: 1, minLr: 0.02, threshold: 0.1 },
      [1, 0.95, 0.8, 0.79, 0.78, 0.77, 0.76, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
      [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02],
    ],
    [
      { mode: "max", thresholdMode: "abs", patience: 0, factor: 0.1, threshold: 0.05 },
      [0.5, 0.56, 0.6, 0.62, NaN, 0.9],
      [0.1, 0.1, 0.01, 0.01, 0.001, 0.001],
    ],
  ];
  test.each(cases)("%o", (options, metrics, expected) => {
    const optimizer = sgd();
    const scheduler = optim.reduceLrOnPlateau(optimizer, options);
    const found = metrics.map((metric) => {
      scheduler.step(metric);
      return optimizer.lr;
    });
    expectClose(found, expected, tight);
  });
});

describe("wrong schedules", () => {
  const atLeast0 = "must be a finite number of at least 0";
  const refused: readonly [() => unknown, string][] = [
    [() => optim.stepLr(3 as never, 1), "TypeError: stepLr: optimizer must be an optimizer; got 3"],
    [() => optim.stepLr(sgd(), 0), "RangeError: stepLr: stepSize must be a whole number of at least 1; got 0"],
    [() => optim.stepLr(sgd(), 1, { gamma: NaN }), `RangeError: stepLr: gamma ${atLeast0}; got NaN`],
    [() => optim.stepLr(sgd(), 1, { step: 1 } as never), "TypeError: stepLr: options must be gamma; got step"],
    [
      () => optim.multiStepLr(sgd(), [5, 3]),
      "RangeError: multiStepLr: milestones[1] must be a whole number of at least 5; got 3",
    ],
    [() => optim.multiStepLr(sgd(), 5 as never), "TypeError: multiStepLr: milestones must be an array; got 5"],
    [() => optim.exponentialLr(sgd(), -1), `RangeError: exponentialLr: gamma ${atLeast0}; got -1`],
    [
      () => optim.lambdaLr(optim.sgd({ groups: [{ parameters: [] }] }), [() => 1]),
      "TypeError: lambdaLr: there must be a function for each group; got undefined for group 1",
    ],
    [() => optim.lambdaLr(sgd(), () => NaN), `RangeError: lambdaLr: the learning rate ${atLeast0}; got NaN`],
    [() => optim.constantLr(sgd(), { factor: 2 }), "RangeError: constantLr: factor must be from 0 to 1; got 2"],
    [
      () => optim.linearLr(sgd(), { startFactor: 0 }),
      "RangeError: linearLr: startFactor must be above 0 and at most 1; got 0",
    ],
    [() => optim.linearLr(sgd(), { endFactor: NaN }), "RangeError: linearLr: endFactor must be from 0 to 1; got NaN"],
    [
      () => optim.polynomialLr(sgd(), { totalIters: 1.5 }),
      "RangeError: polynomialLr: totalIters must be a whole number of at least 1; got 1.5",
    ],
    [
      () => optim.cosineAnnealingLr(sgd(), NaN),
      "RangeError: cosineAnnealingLr: tMax must be a whole number of at least 1; got NaN",
    ],
    [
      () => optim.cosineAnnealingWarmRestarts(sgd(), 3, { tMult: 1.5 }),
      "RangeError: cosineAnnealingWarmRestarts: tMult must be a whole number of at least 1; got 1.5",
    ],
    [
      () => optim.oneCycleLr(sgd(), 0.1, { totalSteps: 9 }),
      "TypeError: oneCycleLr: cycleMomentum needs an optimizer with momentum or betas; got sgd",
    ],
    [
      () => optim.oneCycleLr(optim.adam(), 0.1, { epochs: 9 }),
      "TypeError: oneCycleLr: totalSteps, or epochs and stepsPerEpoch, must be given; got epochs 9 and stepsPerEpoch undefined",
    ],
    [
      () => optim.oneCycleLr(optim.adam(), 0.1, { totalSteps: 9, pctStart: 1 }),
      "RangeError: oneCycleLr: pctStart must be above 0 and below 1; got 1",
    ],
    [
      () => optim.oneCycleLr(optim.adam(), 0.1, { totalSteps: 9, annealStrategy: "sin" as never }),
      'RangeError: oneCycleLr: annealStrategy must be "cos" or "linear"; got "sin"',
    ],
    [
      () => optim.oneCycleLr(optim.adam(), 0.1, { totalSteps: 9, maxMomentum: 1 }),
      "RangeError: oneCycleLr: maxMomentum must be from 0 to below 1; got 1",
    ],
    [
      () => optim.oneCycleLr(optim.adam(), [1, 2], { totalSteps: 9 }),
      "TypeError: oneCycleLr: maxLr must be a number, or one for each of 1 groups; got [1,2]",
    ],
    [
      () => optim.sequentialLr(sgd(), [optim.stepLr(sgd(), 1)], []),
      "TypeError: sequentialLr: all schedulers must be for one optimizer; got schedulers[0] for another",
    ],
    [
      () => {
        const optimizer = sgd();
        return optim.sequentialLr(optimizer, [optim.stepLr(optimizer, 1)], [1]);
      },
      "RangeError: sequentialLr: there must be one milestone fewer than the 1 schedulers; got 1",
    ],
    [() => optim.chainedScheduler([]), "TypeError: chainedScheduler: there must be schedulers; got []"],
    [
      () => optim.chainedScheduler([optim.reduceLrOnPlateau(sgd()) as never]),
      "TypeError: chainedScheduler: schedulers[0] must be one whose rate follows from the step; got another",
    ],
    [
      () => (optim.stepLr(sgd(), 1).steps = -1),
      "RangeError: stepLr: steps must be a whole number of at least 0; got -1",
    ],
    [
      () => optim.reduceLrOnPlateau(sgd(), { mode: "up" as never }),
      'RangeError: reduceLrOnPlateau: mode must be "min" or "max"; got "up"',
    ],
    [
      () => optim.reduceLrOnPlateau(sgd(), { thresholdMode: "absolute" as never }),
      'RangeError: reduceLrOnPlateau: thresholdMode must be "rel" or "abs"; got "absolute"',
    ],
    [
      () => optim.reduceLrOnPlateau(sgd(), { factor: 1 }),
      "RangeError: reduceLrOnPlateau: factor must be from 0 to below 1; got 1",
    ],
    [() => optim.reduceLrOnPlateau(sgd(), { eps: NaN }), `RangeError: reduceLrOnPlateau: eps ${atLeast0}; got NaN`],
    [
      () => optim.reduceLrOnPlateau(sgd()).step(undefined as never),
      "TypeError: reduceLrOnPlateau: the metric must be a number; got undefined",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("a rate that cannot be had leaves all as they are", () => {
    const optimizer = optim.sgd({ lr: 0.1, groups: [{ parameters: () => true, lr: 1 }] });
    const scheduler = optim.lambdaLr(optimizer, [(t) => 1 - t / 2, (t) => (t === 1 ? NaN : 1)]);
    expect(() => scheduler.step()).toThrow("lambdaLr: the learning rate");
    expect([...optimizer.groups.map(({ lr }) => lr), scheduler.steps]).toEqual([0.1, 1, 0]);
  });

  test("a state at whose step the momentum cannot be had leaves all as they are", () => {
    const optimizer = optim.sgd({ lr: 0.1, momentum: 0.9 });
    const course = { lr: (_: number, initial: number) => initial, momentum: (t: number) => t / 10 };
    const scheduler = new optim.Scheduler("own", optimizer, course);
    const state = { ...scheduler.stateDict(), last_epoch: 10, base_lrs: [0.5] };
    expect(thrownBy(() => scheduler.loadStateDict(state))).toBe(
      "StateDictError: own: loadStateDict: the state must be one of this schedule; got sgd: momentum must be from 0 to below 1; got 1",
    );
    expect([optimizer.groups[0].initialLr, optimizer.lr, optimizer.momentum, scheduler.steps]).toEqual([
      0.1, 0.1, 0, 0,
    ]);
  });
});
