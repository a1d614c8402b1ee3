import { version } from "#kernels/version";
import { shown } from "../base/errors.ts";
import type { Dtype, Shape } from "../base/tensor.ts";
import type { WeightFormat } from "../graph/weights.ts";
import type { Operand } from "../graph/operand.ts";
import { type PortRange, rangesOf } from "./ranges.ts";

/** An input or output of a file. */
export interface Port {
  readonly name: string;
  readonly dtype: Dtype;
  /** The shape in `run`; in other runs the first extent is their batch size. */
  readonly shape: Shape;
  /** Bytes from the start of memory, the same in every run. */
  readonly address: number;
  /** What its numbers must be, which whoever calls `run` must check: the module that `writeWasm` writes does. Default: anything. */
  readonly ranges?: readonly PortRange[];
}

/** An exported function that computes, with its number of rows. */
export interface Run {
  readonly name: string;
  readonly batch: number;
}

/** What the custom section `lanegrad` of a file says, as JSON. */
export interface Description {
  /** The version of this description. */
  readonly version: 1;
  /** The version of lanegrad that wrote the file. */
  readonly library: string;
  readonly kernels: "strict" | "relaxed";
  /** The format of the weights of products. */
  readonly weights: WeightFormat;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The first is `run`. */
  readonly runs: readonly Run[];
  /** Whether recurrent layers continue from the state after the run before, until `reset()`. */
  readonly keepsState: boolean;
}

/** What a file says beside the addresses of its inputs and outputs. */
export type Facts = Pick<Description, "kernels" | "weights" | "runs" | "keepsState"> & {
  readonly inputs: readonly Omit<Port, "address">[];
  readonly outputs: readonly Omit<Port, "address">[];
};

export function describe(facts: Facts, inputs: readonly number[], outputs: readonly number[]): Description {
  const placed = (ports: Facts["inputs"], addresses: readonly number[]): Port[] =>
    ports.map((port, i) => ({ ...port, address: addresses[i] ?? NaN }));
  return {
    version: 1,
    library: version,
    ...facts,
    inputs: placed(facts.inputs, inputs),
    outputs: placed(facts.outputs, outputs),
  };
}

/**
 * Inputs or outputs with their names; `kind` is the name of an only one without a name.
 * @throws TypeError when names are no different names of exports
 */
export function portsOf(
  where: string,
  kind: "input" | "output",
  operands: readonly Operand[],
  names: readonly string[] | undefined,
): Facts["inputs"] {
  const named = (i: number): string => names?.[i] ?? (operands.length === 1 ? kind : String(i));
  const all = operands.map((_, i) => named(i));
  if (new Set(all).size !== all.length || all.some((name) => /\p{Surrogate}/u.test(name))) {
    throw new TypeError(
      `${where}: names of ${kind}s must be different, and text that UTF-8 can hold; got ${shown(all)}`,
    );
  }
  return operands.map((operand, i) => {
    const ranges = rangesOf(operand);
    const { dtype, shape } = operand;
    return { name: named(i), dtype, shape, ...(ranges.length > 0 && { ranges }) };
  });
}

/** The exported addresses by the names of their globals. */
export function addressesOf(kind: "input" | "output", ports: readonly Port[]): Record<string, number> {
  return Object.fromEntries(ports.map(({ name, address }) => [globalOf(kind, name), address]));
}

/** The name of an exported address: `input`; or `input_NAME` where there are several or the only one has a name. */
export function globalOf(kind: "input" | "output", name: string): string {
  return name === kind ? kind : `${kind}_${name}`;
}
