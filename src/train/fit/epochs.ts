import { TURN } from "../../base/turns.ts";
import type { Samples } from "../../data/dataset.ts";
import { nextTurn } from "../../runtime/turn.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { FitRun } from "./fit-run.ts";
import type { Happenings } from "./happenings.ts";
import type { Epoch } from "./history.ts";
import { Modes } from "./modes.ts";
import { sourceOf } from "./source-of.ts";
import type { StepSource } from "./step-source.ts";
import type { Training } from "./training.ts";

const WHERE = "fit: validation";
const TICK = 0.1; // ms, the resolution of clocks that browsers make coarse

/** Trains from where a run is to the end of its last epoch, or until it is stopped. Returns why it was. */
export function* trainEpochs(training: Training, run: FitRun): Happenings<string | undefined> {
  const { step, options, stop, audience } = training;
  const { epochs } = options;
  const source = sourceOf(training);
  const modes = new Modes([step.model, step.loss]);
  const loop = new EpochLoop(training, run, source, modes);
  try {
    const { samples, steps } = source;
    const { epoch, step: done } = run;
    yield* audience.tell({ type: "begin", epochs, epoch, step: done, samples, steps, stop: stop.request });
    let reason: string | undefined;
    while (reason === undefined && run.epoch <= epochs) reason = (yield* loop.steps()) ?? (yield* loop.end());
    return run.epoch > epochs ? undefined : reason;
  } finally {
    step.suspend();
    source.free();
    modes.restore();
  }
}

/** The steps and the end of the epoch in which a run is. */
class EpochLoop {
  readonly #training: Training;
  readonly #run: FitRun;
  readonly #source: StepSource;
  readonly #modes: Modes;
  /** When the event loop last had a turn. */
  #turn = performance.now();

  constructor(training: Training, run: FitRun, source: StepSource, modes: Modes) {
    this.#training = training;
    this.#run = run;
    this.#source = source;
    this.#modes = modes;
  }

  /** Runs the steps of the epoch. Returns why the training is to end before the epoch did. */
  *steps(): Happenings<string | undefined> {
    const run = this.#run;
    const source = this.#source;
    const { stop, checkpoints, audience } = this.#training;
    this.#goOn();
    source.begin(run.epoch, run.orders, run.step);
    const began = performance.now() - run.seconds * 1000;
    const first = run.step;
    let clockAfter = first; // the step after which the clock is read again, about once a millisecond
    try {
      while (!source.isAtEnd(run.step)) {
        const reason = stop.reasonAfter(run.steps);
        if (reason !== undefined) {
          run.seconds = (performance.now() - began) / 1000;
          if (checkpoints) yield* checkpoints.write(run, this.#training);
          return reason;
        }
        const ready = source.prepare();
        if (ready) {
          yield ready;
          this.#goOn();
          if (source.isAtEnd(run.step)) break;
        }
        if (audience.hearsSteps) yield* this.#toldStep(began);
        else this.#step();
        // A checkpoint that is due at the last step is written after the epoch.
        if (checkpoints?.isDue(run) && !source.isAtEnd(run.step)) {
          run.seconds = (performance.now() - began) / 1000;
          yield* checkpoints.write(run, this.#training);
          this.#goOn();
        }
        if (run.step <= clockAfter) continue;
        const now = performance.now();
        const elapsed = now - began;
        clockAfter = run.step + Math.floor((run.step - first) / Math.max(elapsed, TICK));
        if (now - this.#turn >= TURN) yield* this.#progress(elapsed / 1000);
      }
    } finally {
      const closing = source.close();
      if (closing) yield closing;
    }
    run.seconds = (performance.now() - began) / 1000;
    return undefined;
  }

  /** Evaluates and reports the epoch. Returns why the training is to end. */
  *end(): Happenings<string | undefined> {
    const run = this.#run;
    const { step, options, evaluator, checkpoints, stop, audience } = this.#training;
    const { epochs, schedule, scheduleBy, validation: validationSet, metrics } = options;
    audience.tellLastStep();
    // What may throw comes first: a `fit` that goes on from here does it again.
    const validation = validationSet && (yield* this.#validation(validationSet));
    const { averaged } = step;
    const result = run.metrics.result();
    if (validationSet && !validation) {
      if (checkpoints) yield* checkpoints.write(run, this.#training);
      return stop.reasonAfter(run.steps);
    }
    if (scheduleBy === "epoch") schedule?.step(validation?.loss ?? result.loss);
    step.afterEpoch();
    const report: Epoch = {
      epoch: run.epoch,
      ...result,
      validation,
      averaged:
        validationSet && averaged?.taken
          ? yield* averaged.useDuring(evaluator.evaluation(validationSet, { where: WHERE, metrics }))
          : undefined,
      steps: run.step,
      seconds: run.seconds,
    };
    run.endEpoch(report);
    if (audience.hearsEpochs) yield* audience.tell({ type: "epoch", ...report, stop: stop.request });
    const isLast = report.epoch === epochs || stop.reasonAfter(run.steps) !== undefined;
    if (checkpoints) yield* checkpoints.afterEpoch(run, report, isLast, this.#training);
    return stop.reasonAfter(run.steps);
  }

  /** Runs the next step. Returns its loss. */
  #step(): number {
    const run = this.#run;
    const { step, options } = this.#training;
    const { optimizer } = step;
    const updates = optimizer.steps;
    const loss = this.#source.step(run.step, run.metrics, options.nonFinite === "throw");
    run.step++;
    run.steps++;
    if (options.scheduleBy === "step" && optimizer.steps > updates) options.schedule?.step(loss);
    return loss;
  }

  /** Runs the next step and tells of it. */
  *#toldStep(began: number): Happenings<void> {
    const run = this.#run;
    const { epoch, metrics } = run;
    const samplesBefore = metrics.samples;
    const stepBegan = performance.now();
    const loss = this.#step();
    const now = performance.now();
    run.seconds = (now - began) / 1000;
    const { step, steps } = run;
    const samples = metrics.samples - samplesBefore;
    const { audience, stop } = this.#training;
    const milliseconds = now - stepBegan;
    yield* audience.tell({ type: "step", epoch, step, steps, loss, samples, milliseconds, stop: stop.request });
    this.#goOn();
  }

  /** Tells how far the epoch is, and gives the event loop a turn. */
  *#progress(seconds: number): Happenings<void> {
    const run = this.#run;
    const { stop, checkpoints, audience } = this.#training;
    const { epoch, step, metrics } = run;
    const reached = { epoch, step, ...metrics.result(), samples: metrics.samples, seconds };
    yield* audience.tell({ type: "progress", ...reached, stop: stop.request });
    const now = performance.now();
    stop.tick(now);
    if (checkpoints) yield checkpoints.tick(now);
    yield nextTurn();
    this.#goOn();
    this.#turn = performance.now();
  }

  /** The evaluation on the validation set; undefined if the training is to end before it did. */
  *#validation(samples: Samples): Happenings<Evaluation | undefined> {
    const { evaluator, options, stop, audience } = this.#training;
    const { epoch, steps } = this.#run;
    const work = evaluator.evaluation(samples, { where: WHERE, metrics: options.metrics, turn: nextTurn });
    try {
      let next = work.next();
      while (!next.done) {
        yield next.value;
        stop.tick(performance.now());
        if (stop.reasonAfter(steps) !== undefined) return undefined;
        next = work.next();
      }
      if (options.nonFinite === "throw") evaluator.requireFiniteSamples(WHERE, samples, next.value.loss, epoch);
      yield* audience.tell({ type: "validation", epoch, ...next.value, stop: stop.request });
      return next.value;
    } finally {
      // Closes what it reads from if it has not ended.
      work.return(undefined as never);
    }
  }

  /** Sets the modes and forgets the programs: other code ran, which may have changed them or the model. */
  #goOn(): void {
    this.#modes.set(true);
    this.#source.refresh();
  }
}
