import { shown } from "../../base/shown.ts";
import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { type Stream, nextStream } from "../../runtime/random.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import { isFollowed } from "../evaluation/followed.ts";
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

  /** The run of a state, with problems for the reader. */
  static from(reader: StateReader, state: Readonly<Record<string, unknown>>): FitRun {
    const orders = reader.record("orders", state["orders"]) ?? {};
    const run = new FitRun({
      seed: reader.whole("orders.seed", orders["seed"]) ?? 0,
      stream: reader.whole("orders.stream", orders["stream"]) ?? 0,
    });
    run.epoch = reader.whole("epoch", state["epoch"], 1) ?? 1;
    run.step = reader.whole("step", state["step"]) ?? 0;
    run.steps = reader.whole("steps", state["steps"]) ?? 0;
    run.seconds = reader.number("seconds", state["seconds"]) ?? 0;
    run.metrics = RunningMetrics.from(reader.at("metrics"), state["metrics"]);
    const done = reader.list("done", state["done"]) ?? [];
    run.done.push(...done.map((each, i) => epochFrom(reader.at(`done.${i}`), each)));
    run.best = state["best"] === null ? undefined : bestFrom(reader.at("best"), state["best"]);
    return run;
  }
}

function evaluated({ loss, accuracy, losses, accuracies, metrics }: Evaluation): StateRecord {
  const byName = losses && accuracies && { losses: { ...losses }, accuracies: { ...accuracies } };
  return { loss, accuracy: accuracy ?? null, ...byName, ...(metrics && { metrics: { ...metrics } }) };
}

function evaluationFrom(reader: StateReader, value: unknown): Evaluation {
  const state = reader.record("", value) ?? {};
  return {
    loss: reader.metric("loss", state["loss"]) ?? NaN,
    accuracy: state["accuracy"] === null ? undefined : reader.metric("accuracy", state["accuracy"]),
    ...(state["losses"] !== undefined && {
      losses: metricsFrom(reader.at("losses"), state["losses"]),
      accuracies: metricsFrom(reader.at("accuracies"), state["accuracies"]),
    }),
    metrics: state["metrics"] === undefined ? undefined : metricsFrom(reader.at("metrics"), state["metrics"]),
    uncertainty: undefined,
  };
}

function metricsFrom(reader: StateReader, value: unknown): Readonly<Record<string, number>> {
  const values = Object.entries(reader.record("", value) ?? {});
  return Object.fromEntries(values.map(([name, each]) => [name, reader.metric(name, each) ?? NaN]));
}

function epochFrom(reader: StateReader, value: unknown): Epoch {
  const state = reader.record("", value) ?? {};
  const inner = (name: string): Evaluation | undefined =>
    state[name] === null ? undefined : evaluationFrom(reader.at(name), state[name]);
  return {
    epoch: reader.whole("epoch", state["epoch"], 1) ?? 1,
    ...evaluationFrom(reader, state),
    validation: inner("validation"),
    averaged: inner("averaged"),
    steps: reader.whole("steps", state["steps"]) ?? 0,
    seconds: reader.number("seconds", state["seconds"]) ?? 0,
  };
}

function bestFrom(reader: StateReader, value: unknown): Best | undefined {
  const state = reader.record("", value) ?? {};
  const { by } = state;
  const epoch = reader.whole("epoch", state["epoch"], 1);
  const metric = reader.number("value", state["value"]);
  const steps = reader.whole("steps", state["steps"]);
  if (!isFollowed(by)) return reader.wrong("by", `${shown(by)} instead of a metric`);
  return epoch && metric !== undefined && steps !== undefined ? { by, epoch, value: metric, steps } : undefined;
}
