import { expect, test } from "vitest";
import { optim } from "../../src/index.ts";
import { expectClose } from "../support.ts";
import { camelCase, casesOf, entryOf } from "./fixtures.ts";

/** Learning rates before each step. */
interface ScheduleCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, never>>;
  readonly baseLr: number;
  readonly lr: readonly number[];
}

type Make = (optimizer: optim.Optimizer, config: Readonly<Record<string, never>>) => optim.Scheduler;

/** Leading arguments are given by position here, as PyTorch's users give them. */
const SCHEDULES: Readonly<Record<string, Make>> = {
  StepLR: (optimizer, { stepSize, ...options }) => optim.stepLr(optimizer, Number(stepSize), options),
  MultiStepLR: (optimizer, { milestones, ...options }) => optim.multiStepLr(optimizer, milestones ?? [], options),
  ExponentialLR: (optimizer, { gamma }) => optim.exponentialLr(optimizer, Number(gamma)),
  CosineAnnealingLR: (optimizer, { TMax, ...options }) => optim.cosineAnnealingLr(optimizer, Number(TMax), options),
  CosineAnnealingWarmRestarts: (optimizer, { T0, TMult }) =>
    optim.cosineAnnealingWarmRestarts(optimizer, Number(T0), { tMult: Number(TMult) }),
  LinearLR: optim.linearLr,
  OneCycleLR: (optimizer, { maxLr, ...options }) => optim.oneCycleLr(optimizer, Number(maxLr), options),
  PolynomialLR: optim.polynomialLr,
};

test.each(casesOf<ScheduleCase>("schedules"))("schedule: $name", ({ op, config, baseLr, lr }) => {
  const optimizer = optim.sgd({ lr: baseLr, momentum: 0.9 });
  const scheduler = entryOf(SCHEDULES, op)(optimizer, camelCase(config));
  const rates = lr.map(() => {
    const rate = optimizer.lr;
    scheduler.step();
    return rate;
  });
  // PyTorch goes from rate to rate, and rounds at each step in f64.
  expectClose(rates, lr, { relative: 1e-12, absolute: 1e-16 });
  expect(scheduler.steps).toBe(lr.length);
});
