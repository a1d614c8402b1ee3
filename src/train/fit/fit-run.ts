import { StateReader, type StateRecord } from "../../base/state-tree.ts";
import { type Stream, nextStream } from "../../runtime/random.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import type { Best, Epoch } from "./history.ts";

/** How far a `fit` has come: its place in the data and its results, from which another continues. */
export class FitRun {
  /** The current epoch, counted from 1. */
  epoch = 1;
  /** Steps done in this epoch. */
  step = 0;
  /** Steps done in all epochs. */
  steps = 0;
  /** Time spent on the steps of this epoch. */
  seconds = 0;
  /** Metrics of this epoch. */
  metrics = new RunningMetrics();
  /** The epochs that ended. */
  readonly done: Epoch[] = [];
  best: Best | undefined;

  /** @param orders the stream of random numbers that gives each epoch its order */
  constructor(readonly orders: Stream = nextStream()) {}

  /** Ends the epoch. */
  endEpoch(report: Epoch): void {
    this.done.push(report);
    this.epoch++;
    this.step = 0;
    this.seconds = 0;
    this.metrics = new RunningMetrics();
  }

  stateDict(): StateRecord {
    const { epoch, step, steps, seconds, metrics, done, best, orders } = this;
    return {
      epoch,
      step,
      steps,
      seconds,
      orders: { ...orders },
      metrics: metrics.stateDict(),
      done: done.map((each) => ({
        ...evaluated(each),
        epoch: each.epoch,
        steps: each.steps,
        seconds: each.seconds,
        validation: each.validation ? evaluated(each.validation) : null,
        averaged: each.averaged ? evaluated(each.averaged) : null,
      })),
      best: best ? { ...best } : null,
    };
  }

  /** @throws StateDictError when the state is not that of a run */
  static from(state: StateReader): FitRun {
    const orders = state.inner("orders");
    const run = new FitRun({ seed: orders.whole("seed"), stream: orders.whole("stream") });
    run.epoch = state.whole("epoch", 1);
    run.step = state.whole("step");
    run.steps = state.whole("steps");
    run.seconds = state.number("seconds");
    run.metrics = RunningMetrics.from(state.inner("metrics"));
    run.done.push(...state.list("done").map(epochFrom));
    if (state.has("best")) {
      const best = state.inner("best");
      run.best = { epoch: best.whole("epoch", 1), value: best.number("value"), steps: best.whole("steps") };
    }
    return run;
  }
}

function evaluated({ loss, accuracy }: Evaluation): StateRecord {
  return { loss, accuracy: accuracy ?? null };
}

function evaluationFrom(state: StateReader): Evaluation {
  return { loss: state.number("loss"), accuracy: state.has("accuracy") ? state.number("accuracy") : undefined };
}

function epochFrom(state: StateReader): Epoch {
  const inner = (name: string): Evaluation | undefined =>
    state.has(name) ? evaluationFrom(state.inner(name)) : undefined;
  return {
    epoch: state.whole("epoch", 1),
    ...evaluationFrom(state),
    validation: inner("validation"),
    averaged: inner("averaged"),
    steps: state.whole("steps"),
    seconds: state.number("seconds"),
  };
}
