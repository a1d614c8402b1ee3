import { NARROW_PANEL } from "#kernels/contract";
import type { Operand } from "../graph/operand.ts";
import { viewSource } from "../graph/view.ts";
import { Variable } from "../memory/variable.ts";
import { type CachedConstant, storagesOf } from "../runtime/cached-constant.ts";
import { Plan } from "../runtime/plan.ts";
import type { Program } from "../runtime/program.ts";
import { bytesOf, foldedConstants } from "./fold.ts";
import { Block, Room } from "./room.ts";
import type { Data, KernelModule } from "./wasm/kernel-module.ts";
import type { Action } from "./wasm/link.ts";

/** Where everything is in the memory of a file, from its start: inputs, outputs, weights and constants, text, scratch memory. */
export interface Layout {
  /** The address of each input, and of each output, of every program. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** What each program does. */
  readonly actions: readonly (readonly Action[])[];
  /** What sets the state that effects of programs change to 0. */
  readonly reset: readonly Action[];
  /** Weights and constants. */
  readonly weights: readonly Data[];
  /** The text, and where it is. */
  readonly text: Data;
  /** Bytes of results that a run overwrites. */
  readonly scratch: number;
  /** Bytes of memory. */
  readonly memory: number;
}

/**
 * Lays out programs that share inputs, outputs, weights and scratch memory.
 * @param textOf the text, given the addresses of inputs and outputs
 * @throws RangeError when they take more memory than a file can have
 */
export function layOut(
  kernels: KernelModule,
  programs: readonly Program[],
  textOf: (inputs: readonly number[], outputs: readonly number[]) => Uint8Array,
): Layout {
  const start = kernels.data.reduce((end, { address, bytes }) => Math.max(end, address + bytes.length), 0);
  const room = new Room(start);
  const largest = (portsOf: (program: Program) => readonly Operand[]): Block[] =>
    portsOf(programs[0] as Program).map((_, i) => {
      const sizes = programs.map((program) => portsOf(program)[i]?.size ?? 0);
      return new Block(room, Math.max(...sizes) * 4);
    });
  const [inputs, outputs] = [largest((program) => program.inputs), largest((program) => program.outputs)];
  const addresses = { inputs: inputs.map(({ address }) => address), outputs: outputs.map(({ address }) => address) };
  const kept = new Map<Variable | CachedConstant, Block>();
  const used = usedVariables(programs);
  const placed = programs.map((program) => new PlacedProgram(program, inputs, kept, room, used));
  // The blocks that calls ask for get their addresses here; weights from which constants were computed are not among them.
  for (const each of placed) each.actions(0, addresses.outputs);
  const text = textOf(addresses.inputs, addresses.outputs);
  const textAt = room.take(text.length);
  const scratch = Math.max(...placed.map(({ plan }) => plan.bytes));
  const scratchAt = room.take(scratch);
  const weights = numbersOf(kernels, programs, kept, start);
  const written = new Set(programs.flatMap(({ effects }) => [...storagesOf([...effects])]));
  const state = [...kept].filter(([each]) => each instanceof Variable && written.has(each.storage));
  return {
    ...addresses,
    actions: placed.map((each) => each.actions(scratchAt, addresses.outputs)),
    reset: state.map(([, { address, bytes }]) => ({ clear: address, bytes })),
    weights,
    text: { address: textAt, bytes: text },
    scratch,
    memory: room.end,
  };
}

/** A program whose variables, constants and inputs have addresses of their own. */
class PlacedProgram {
  readonly plan: Plan;
  readonly #order: readonly Operand[];
  readonly #outputs: readonly Operand[];

  /**
   * @param used variables that the file has anyway: constants that depend on these alone are computed in each run, except small
   * weights
   */
  constructor(
    { inputs: givenInputs, outputs, order, constantOf }: Program,
    inputs: readonly Block[],
    kept: Map<Variable | CachedConstant, Block>,
    room: Room,
    used: ReadonlySet<Variable>,
  ) {
    const elsewhere = new Map<Operand, Block>();
    const keep = (operand: Operand, thing: Variable | CachedConstant): void => {
      const block = kept.get(thing) ?? new Block(room, operand.size * 4);
      kept.set(thing, block);
      elsewhere.set(operand, block);
    };
    givenInputs.forEach((input, i) => elsewhere.set(input, inputs[i] as Block));
    const computed = [...constantOf].flatMap(([operand, constant]) => {
      const isSmall = operand.rule.holds !== undefined;
      if (!isSmall && constant.sources.every((source) => used.has(source))) return [operand];
      keep(operand, constant);
      return [];
    });
    for (const operand of order) if (operand instanceof Variable) keep(operand, operand);
    this.#order = [...order, ...computed].toSorted((a, b) => a.id - b.id);
    this.#outputs = outputs;
    this.plan = new Plan(this.#order, new Set(givenInputs), new Set(outputs), elsewhere);
  }

  /** The calls with addresses, where scratch memory begins at `scratch`; outputs are copied to `outputs`. */
  actions(scratch: number, outputs: readonly number[]): Action[] {
    const { plan } = this;
    const address = (operand: Operand): number => plan.address(operand, scratch);
    const calls = this.#order.flatMap((operand) =>
      operand.rule.calls(operand, plan.placementOf(operand, NARROW_PANEL)).map((call) => ({
        kernel: call.kernel,
        values: call.arguments.map((each) => (typeof each === "number" ? each : address(each))),
      })),
    );
    const copies = this.#outputs.map((output, i) => ({
      copy: address(output),
      to: outputs[i] ?? NaN,
      bytes: output.size * 4,
    }));
    return [...calls, ...copies];
  }
}

/** The variables that programs of several batch sizes read as they are. */
function usedVariables(programs: readonly Program[]): Set<Variable> {
  if (programs.length === 1) return new Set();
  const read = programs.flatMap((program) =>
    program.steps.flatMap(({ calls }) => calls.flatMap((call) => call.arguments)),
  );
  const sources = read.flatMap((each) => (typeof each === "number" ? [] : [viewSource(each)]));
  return new Set(sources.filter((each) => each instanceof Variable));
}

/** The numbers of the blocks that programs use, without zeros at their ends. */
function numbersOf(
  kernels: KernelModule,
  programs: readonly Program[],
  kept: ReadonlyMap<Variable | CachedConstant, Block>,
  start: number,
): Data[] {
  const folded = foldedConstants(kernels, programs, start);
  return [...kept].flatMap(([each, block]): Data[] => {
    if (!block.isPlaced) return [];
    const bytes = each instanceof Variable ? bytesOf(each) : (folded.get(each) ?? new Uint8Array());
    const length = bytes.findLastIndex((byte) => byte !== 0) + 1;
    return length === 0 ? [] : [{ address: block.address, bytes: bytes.subarray(0, length) }];
  });
}
