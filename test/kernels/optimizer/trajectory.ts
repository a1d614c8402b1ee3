/** What kernels of optimizers are measured by: trajectories in f64, and bits at every length and number of workers. */
import { sameBits } from "../faults.ts";
import { type Build, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const STEPS = 20;
const LONGEST = Math.max(...LENGTHS);

type Share = readonly [hyper: number, length: number, part: number, parts: number];

/** One kernel with its settings. */
export interface OptimizerCase {
  readonly name: string;
  /** How many arrays of floats it keeps from step to step. */
  readonly slots: number;
  readonly run: (kernels: Kernels, p: number, g: number, slots: readonly number[], share: Share) => void;
  /** What it reads at a step, counted from 1. */
  readonly hyper: (step: number) => readonly number[];
  /** One parameter through all steps in f64, as the optimizer's source has it. */
  readonly trajectory: (start: number, gradients: readonly number[]) => number[];
}

const START = randomFloats(LONGEST, 1, 2);
START.set([0, -0, 1e-30]); // where sign(p) matters
const GRADIENTS = Array.from({ length: STEPS }, (_, step) => {
  const gradient = randomFloats(LONGEST, step + 10, 1);
  gradient[0] = 0; // and nothing moves but by decay
  return gradient;
});

/** Parameters after each step, then the slots. */
function run(sandbox: Sandbox, of: OptimizerCase, length: number, parts: number, steps: number): Float32Array[] {
  sandbox.reset();
  const parameter = sandbox.floats(START.subarray(0, length));
  const slots = Array.from({ length: of.slots }, () => sandbox.floats(new Float32Array(length)));
  const after = GRADIENTS.slice(0, steps).map((values, i) => {
    const gradient = sandbox.floats(values.subarray(0, length));
    const hyper = sandbox.floats(of.hyper(i + 1));
    sandbox.inParts(parts, (part) => of.run(sandbox.kernels, parameter, gradient, slots, [hyper, length, part, parts]));
    return sandbox.read(parameter, length);
  });
  sandbox.checkGuards();
  return [...after, ...slots.map((slot) => sandbox.read(slot, length))];
}

/** Where 20 steps leave the trajectory in f64. */
export function trajectoryFaults(build: Build, of: OptimizerCase): string[] {
  const after = run(new Sandbox(build), of, LONGEST, 1, STEPS);
  const faults: string[] = [];
  for (const [i, start] of START.entries()) {
    const gradients = GRADIENTS.map((gradient) => gradient[i] ?? NaN);
    // Each step rounds at the size that the parameter has by then: errors are measured against the largest so far.
    let size = Math.abs(start);
    for (const [step, exact] of of.trajectory(start, gradients).entries()) {
      size = Math.max(size, Math.abs(exact));
      const error = Math.abs((after[step]?.[i] ?? NaN) - exact);
      if (!(error <= 1e-6 * size + 1e-7)) faults.push(`element ${i}, step ${step + 1}: ${error} off ${exact}`);
    }
  }
  return faults;
}

/** Lengths and numbers of workers that change bits. */
export function bitFaults(build: Build, of: OptimizerCase): string[] {
  const sandbox = new Sandbox(build);
  const all = run(sandbox, of, LONGEST, 1, 2);
  return LENGTHS.flatMap((length) =>
    PARTS.filter((parts) =>
      run(sandbox, of, length, parts, 2).some(
        (values, i) => !sameBits(values, all[i]?.subarray(0, length) ?? new Float32Array(length + 1)),
      ),
    ).map((parts) => `length ${length}, ${parts} parts`),
  );
}
