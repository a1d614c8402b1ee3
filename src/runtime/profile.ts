import { Operand, flopsOf } from "../graph/operand.ts";
import type { PlacedStep } from "./schedule.ts";
import { printAmount, printPercent, printTable } from "../base/print.ts";

/** The cost of one kernel call in a run. */
export interface ProfiledCall {
  readonly kernel: string;
  /** `matmul [128, 512]`: the operation that it computes, in whole or in part. */
  readonly operation: string;
  /** `"0" (linear 784 -> 512)`, or "". */
  readonly layer: string;
  /** Median over the runs. */
  readonly microseconds: number;
  /** Of all calls together, from 0 to 1. */
  readonly share: number;
  /** Floating-point operations; a multiply and an add are two. */
  readonly flops: number;
  /** Of the operands that it reads and writes. */
  readonly bytes: number;
}

const WARM = 10; // runs that are not timed, at most a fifth of all: V8 optimizes kernels meanwhile
const SECOND = 1e6; // microseconds

/** The time of each call of a program, in the order of execution. It prints as two tables. */
export class Profile {
  readonly calls: readonly ProfiledCall[];
  /** All calls of one run. */
  readonly microseconds: number;

  /**
   * @param bound the calls of `steps`, bound to addresses
   * @param again prepares the next run
   * @internal
   */
  constructor(
    steps: readonly PlacedStep[],
    bound: readonly (() => void)[],
    readonly runs: number,
    again: () => void,
  ) {
    const medians = timesOf(bound, runs, again);
    this.microseconds = medians.reduce((sum, time) => sum + time, 0);
    const calls = steps.flatMap(({ operand, calls }) =>
      calls.map((call, i) => {
        const operands = new Set(call.arguments.filter((argument) => argument instanceof Operand));
        return {
          kernel: call.kernel,
          operation: operand.label,
          layer: operand.layer,
          flops: i === calls.length - 1 ? flopsOf(operand) : 0, // calls before the last prepare it
          bytes: [...operands].reduce((sum, { size }) => sum + size * 4, 0),
        };
      }),
    );
    this.calls = calls.map((call, i) => {
      const microseconds = medians[i] ?? NaN;
      return { ...call, microseconds, share: microseconds / this.microseconds };
    });
  }

  /** Every call in order, then all calls of a kernel together, those that take longest first. */
  toString(): string {
    const calls = this.calls.map((call) => [call.operation, call.kernel, ...figures(call), call.layer]);
    const kernels = [...new Set(this.calls.map(({ kernel }) => kernel))]
      .map((kernel) => this.#together(kernel))
      .toSorted((a, b) => b.microseconds - a.microseconds)
      .map((each) => [each.kernel, String(each.count), ...figures(each)]);
    const flops = this.calls.reduce((sum, call) => sum + call.flops, 0);
    const rate = printAmount((flops / this.microseconds) * SECOND, "FLOP/s");
    return [
      printTable(["operation", "kernel", ...FIGURES, "layer"], calls),
      printTable(["kernel", "calls", ...FIGURES], kernels),
      `${this.calls.length} calls, ${this.microseconds.toFixed(1)} us a run on one thread, ${rate} (medians of ${this.runs} runs)`,
    ].join("\n\n");
  }

  #together(kernel: string): Figures & { readonly kernel: string; readonly count: number } {
    const own = this.calls.filter((call) => call.kernel === kernel);
    const total = (figure: keyof Figures): number => own.reduce((sum, call) => sum + call[figure], 0);
    return {
      kernel,
      count: own.length,
      microseconds: total("microseconds"),
      share: total("share"),
      flops: total("flops"),
      bytes: total("bytes"),
    };
  }
}

type Figures = Pick<ProfiledCall, "microseconds" | "share" | "flops" | "bytes">;
const FIGURES = ["us", "share", "GFLOP/s", "kB"];

function figures({ microseconds, share, flops, bytes }: Figures): string[] {
  const rate = flops > 0 && microseconds > 0 ? ((flops / microseconds) * (SECOND / 1e9)).toFixed(1) : "";
  return [microseconds.toFixed(2), printPercent(share), rate, (bytes / 1e3).toFixed(1)];
}

/** The median time of each call in microseconds, without the time that reading the clock takes. */
function timesOf(bound: readonly (() => void)[], runs: number, again: () => void): number[] {
  const times = bound.map(() => new Float64Array(runs));
  const idle = new Float64Array(runs);
  for (let run = -Math.min(WARM, Math.ceil(runs / 5)); run < runs; run++) {
    again();
    let before = performance.now();
    for (let i = 0; i < bound.length; i++) {
      bound[i]?.();
      const now = performance.now();
      if (run >= 0) (times[i] as Float64Array)[run] = now - before;
      before = now;
    }
    if (run >= 0) idle[run] = performance.now() - before;
  }
  const clock = median(idle);
  return times.map((each) => Math.max(0, median(each) - clock) * 1e3);
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  return ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2;
}
