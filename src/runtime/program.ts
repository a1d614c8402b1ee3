import { NonFiniteError, ShapeError } from "../errors.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { type Dtype, type Numbers, Tensor, printShape, sameShape } from "../tensor.ts";
import { debugging } from "./backend.ts";
import type { Call } from "./call.ts";
import { Counter, Lasting } from "./lasting.ts";
import { abandonScratch, floatsAt, integersAt, movesSoFar, scratchFor } from "./memory.ts";
import { Pace } from "./pace.ts";
import { Plan } from "./plan.ts";
import { Runner } from "./runner.ts";
import { scheduleCalls } from "./schedule.ts";
import { printTable } from "./table.ts";
import { WorkerLostError } from "./workers.ts";

/** One operation of a program, with the kernel calls that carry it out. */
interface Step {
  readonly operand: Operand;
  readonly calls: readonly Call[];
}

/** A list of kernel calls that turns inputs into outputs: plain data, planned once, bound to addresses, run often. */
export class Program {
  readonly plan: Plan;
  /** Floating-point operations of one run; a multiply and an add are two. */
  readonly flops: number;
  readonly #order: readonly Operand[];
  readonly #counters: readonly Counter[];
  readonly #effects: ReadonlySet<Operand>;
  readonly #pace = new Pace();
  #runner: Runner | undefined;
  /** From which call of the schedule on something lasting changes. */
  #lastingFrom = Infinity;
  #base = 0;
  #boundAt = -1;

  /** @param effects operands that are carried out for what they do to lasting ones, not for a result */
  constructor(
    readonly inputs: readonly Input[],
    readonly outputs: readonly Operand[],
    effects: readonly Operand[] = [],
  ) {
    const order = executionOrder([...inputs, ...outputs, ...effects]);
    this.plan = new Plan(order, new Set(inputs), new Set(outputs));
    this.#order = order;
    this.#effects = new Set(effects);
    this.#counters = order.filter((operand) => operand instanceof Counter);
    this.flops = order.reduce((sum, operand) => sum + flopsOf(operand), 0);
  }

  /**
   * Checks and copies the inputs, runs every call, and leaves the outputs to `read`.
   * @throws ShapeError, TypeError or RangeError, before anything is changed, when an input does not fit
   */
  execute(tensors: readonly Tensor[]): void {
    this.#check(tensors);
    const runner = this.#ready(tensors);
    if (debugging()) this.#runWatched(runner);
    else this.#runShared(runner, tensors);
    for (const counter of this.#counters) counter.advance();
  }

  /** The numbers of an output of the last run, as a view that holds until the next run of any program. */
  read(output: Operand): Float32Array | Int32Array {
    return this.#numbers(output);
  }

  /** Runs the program; the outputs are copied. */
  run(tensors: readonly Tensor[]): Tensor[] {
    this.execute(tensors);
    return this.outputs.map((output) => new Tensor(output.shape, output.dtype, this.read(output).slice()));
  }

  /** What is to be done, with the kernels that are in force now. */
  get #steps(): Step[] {
    return this.#order
      .map((operand) => ({ operand, calls: operand.rule.calls(operand, this.plan.placementOf(operand)) }))
      .filter((step) => step.calls.length > 0);
  }

  /** The calls with shapes and addresses, then what a run takes. */
  toString(): string {
    const rows = this.#steps.flatMap(({ operand, calls }) =>
      calls.map((call, i) => [
        i === 0 ? String(operand) : "",
        `${call.kernel}(${call.arguments.map((argument) => this.#print(argument)).join(", ")})`,
        i === 0 ? operand.layer : "",
      ]),
    );
    return `${printTable(["operation", "kernel call", "layer"], rows)}\n${this.costs()}`;
  }

  /** `31 calls, 0.92 GFLOP, 5.1 MB of scratch memory (9.8 MB if results did not share it)` */
  costs(): string {
    const calls = this.#steps.reduce((sum, step) => sum + step.calls.length, 0);
    const bytes = `${printAmount(this.plan.bytes, "B")} of scratch memory`;
    return `${calls} calls, ${printAmount(this.flops, "FLOP")}, ${bytes} (${printAmount(this.plan.unshared, "B")} if results did not share it)`;
  }

  #check(tensors: readonly Tensor[]): void {
    if (tensors.length !== this.inputs.length) {
      throw new TypeError(`run: there must be ${this.inputs.length} inputs; got ${tensors.length}`);
    }
    this.inputs.forEach((input, i) => {
      const tensor = tensors[i];
      if (!tensor || !sameShape(tensor.shape, input.shape)) {
        throw new ShapeError(
          `run: input ${i} must be ${printShape(input.shape)}; got ${tensor ? printShape(tensor.shape) : "none"}`,
        );
      }
      if (tensor.dtype !== input.dtype) {
        throw new TypeError(`run: input ${i} must be ${input.dtype}; got ${tensor.dtype}`);
      }
      checkRanges(input, tensor.data);
    });
  }

  /** Bound to where memory lies now, and its inputs filled. */
  #ready(tensors: readonly Tensor[]): Runner {
    const runner = this.#runner && this.#boundAt === movesSoFar() ? this.#runner : this.#bind();
    this.inputs.forEach((input, i) => {
      const tensor = tensors[i];
      if (tensor) this.#numbers(input).set(tensor.data);
    });
    return runner;
  }

  #bind(): Runner {
    this.#base = scratchFor(this.plan.bytes);
    const address = (operand: Operand): number => this.#address(operand);
    const steps = this.#steps;
    const before = steps.filter(({ operand }) => !this.#effects.has(operand));
    const after = steps.filter(({ operand }) => this.#effects.has(operand));
    const first = scheduleCalls(before, address);
    this.#lastingFrom = first.length;
    this.#runner = new Runner(
      [...first, ...(after.length > 0 ? scheduleCalls(after, address) : [])],
      this.flops,
      this.#pace,
    );
    this.#boundAt = movesSoFar();
    return this.#runner;
  }

  /** Where a worker is lost before anything lasting changed, the run is made again on one thread. */
  #runShared(runner: Runner, tensors: readonly Tensor[]): void {
    try {
      runner.run();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      if (error.at >= this.#lastingFrom) {
        error.message += "; parameters are half updated, so load a state that was saved";
        throw error;
      }
      abandonScratch();
      this.#ready(tensors).runAlone();
    }
  }

  #runWatched(runner: Runner): void {
    let next = 0;
    for (const { operand, calls } of this.#steps) {
      for (let i = 0; i < calls.length; i++) runner.calls[next++]?.();
      if (operand.dtype === "float32") checkFinite(operand, this.#numbers(operand));
    }
  }

  #address(operand: Operand): number {
    return this.plan.address(operand, this.#base);
  }

  #numbers(operand: Operand): Numbers[Dtype] {
    const at = operand.dtype === "float32" ? floatsAt : integersAt;
    return at(this.#address(operand), operand.size);
  }

  #print(argument: Operand | number): string {
    if (typeof argument === "number") return String(argument);
    const address = this.plan.address(argument, 0).toString(16);
    return `${argument instanceof Lasting ? argument.operation : "scratch"}+0x${address}`;
  }
}

function flopsOf(operand: Operand): number {
  return operand.rule.flops ?? operand.size;
}

function checkRanges(input: Input, data: Float32Array | Int32Array): void {
  for (const { where, low, high, except } of input.ranges) {
    const wrong = data.findIndex((value: number) => (value < low || value > high) && value !== except);
    if (wrong < 0) continue;
    const allowed = except === undefined ? "" : ` or ${except}`;
    throw new RangeError(
      `${where}: labels must be from ${low} to ${high}${allowed}; got ${data[wrong]} at index ${wrong}`,
    );
  }
}

function checkFinite(operand: Operand, values: Float32Array | Int32Array): void {
  const wrong = values.findIndex((value: number) => !Number.isFinite(value));
  if (wrong < 0) return;
  const place = operand.layer === "" ? "" : ` (in ${operand.layer})`;
  throw new NonFiniteError(`${operand}: every value must be finite; got ${values[wrong]} at index ${wrong}${place}`);
}

/** `1.23 MFLOP` */
export function printAmount(amount: number, unit: string): string {
  const step = [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const;
  const found = step.find(([, size]) => amount >= size);
  return found ? `${(amount / found[1]).toPrecision(3)} ${found[0]}${unit}` : `${amount} ${unit}`;
}
