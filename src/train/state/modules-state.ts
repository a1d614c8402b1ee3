import { shown } from "../../base/shown.ts";
import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Dtype, Tensor, TensorLike } from "../../base/tensor.ts";
import { Variable } from "../../memory/variable.ts";
import { Adjustable, type Buffer, type Module, type Parameter } from "../../nn/index.ts";
import { namedMembers } from "../../nn/module/members.ts";
import { preparedRandomState } from "../../nn/module/random-state.ts";
import { copyOf, matched, misfit, namedIn, stateOf } from "../../nn/module/state.ts";

/** All state of a model or loss, that of its training included. */
export interface ModuleState extends StateRecord {
  /** Parameters and buffers. */
  readonly state: Readonly<Record<string, Tensor>>;
  /** States of random number generators. */
  readonly random: Readonly<Record<string, Tensor>>;
  /** Rates that may be set at any time, as `p` of dropout. */
  readonly rates: Readonly<Record<string, number>>;
  /** 1 for learned numbers, 0 for pruned ones, of pruned parameters. */
  readonly masks: Readonly<Record<string, Tensor>>;
  /** Names of parameters that are not learned. */
  readonly frozen: readonly string[];
}

/** Copies of all state of a model or loss. */
export function moduleState(module: Module): ModuleState {
  const parameters = module.namedParameters();
  return {
    state: Object.fromEntries(stateOf(module).map(([name, each]) => [name, copyOf(each)])),
    random: module.randomState(),
    rates: Object.fromEntries(ratesOf(module).map(([name, rate]) => [name, rate.value])),
    masks: Object.fromEntries(parameters.flatMap(([name, { mask }]) => (mask ? [[name, copyOf(mask)]] : []))),
    frozen: parameters.flatMap(([name, { requiresGrad }]) => (requiresGrad ? [] : [name])),
  };
}

/** Checks a state, with problems for the reader, and returns a function that restores it. */
export function preparedModuleState(reader: StateReader, value: unknown, module: Module): () => void {
  const given = reader.record("", value) ?? {};
  const changes = [
    preparedMasks(reader, given["masks"], module),
    preparedFrozen(reader, given["frozen"], module),
    // After masks: these set pruned numbers to 0, which saved ones are too, but perhaps of another sign.
    preparedNumbers(reader, given["state"], stateOf(module)),
    preparedRates(reader.at("rates"), given["rates"], ratesOf(module)),
    reader.at("random").attempt(() => preparedRandomState(module, tensorsOf(given["random"]))),
  ];
  return () => {
    for (const change of changes) change?.();
  };
}

function preparedNumbers(
  reader: StateReader,
  value: unknown,
  own: readonly [string, Parameter | Buffer<Dtype>][],
): (() => void) | undefined {
  const pairs = reader.at("state").attempt(() => matched("loadStateDict", own, tensorsOf(value), misfit));
  return () => {
    for (const [variable, { data }] of pairs ?? []) variable.write().set(data);
  };
}

function preparedMasks(reader: StateReader, value: unknown, module: Module): () => void {
  const given = reader.record("masks", value) ?? {};
  const parameters = module.namedParameters();
  const masks = parameters.map(([name, { shape }]) =>
    Object.hasOwn(given, name) ? reader.floats(`masks.${name}`, given[name], shape) : undefined,
  );
  masks.forEach((mask, i) => {
    const other = mask?.find((each) => each !== 0 && each !== 1);
    if (other !== undefined) reader.wrong(`masks.${parameters[i]?.[0]}`, `one with ${other} instead of 0 and 1`);
  });
  refuseUnknown(reader, "masks", Object.keys(given), parameters);
  return () => {
    parameters.forEach(([, parameter], i) => {
      const numbers = masks[i];
      // Programs hold masks, so that a new one needs new programs.
      if (!numbers && !parameter.mask) return;
      const mask = numbers && new Variable("mask", parameter.shape);
      mask?.write().set(numbers ?? []);
      parameter.mask = mask;
    });
  };
}

function preparedFrozen(reader: StateReader, value: unknown, module: Module): () => void {
  const names = reader.list("frozen", value) ?? [];
  const parameters = module.namedParameters();
  refuseUnknown(
    reader,
    "frozen",
    names.map((name) => (typeof name === "string" ? name : shown(name))),
    parameters,
  );
  const frozen = new Set(names);
  return () => {
    for (const [name, parameter] of parameters) parameter.requiresGrad = !frozen.has(name);
  };
}

function preparedRates(reader: StateReader, value: unknown, own: readonly [string, Adjustable][]): () => void {
  const given = reader.record("", value) ?? {};
  const rates = own.map(([name, adjustable]) => {
    const rate = reader.number(name, given[name]);
    if (rate !== undefined) reader.attempt(() => requireAllowed(adjustable, rate));
    return rate;
  });
  refuseUnknown(reader, "", Object.keys(given), own);
  return () => {
    own.forEach(([, adjustable], i) => {
      const rate = rates[i];
      if (rate !== undefined && rate !== adjustable.value) adjustable.value = rate;
    });
  };
}

/** @throws RangeError when a rate must not have a value; it keeps its own */
function requireAllowed(adjustable: Adjustable, value: number): void {
  const former = adjustable.value;
  if (value === former) return;
  try {
    adjustable.value = value;
  } finally {
    adjustable.value = former;
  }
}

function refuseUnknown(
  reader: StateReader,
  where: string,
  names: readonly string[],
  own: readonly (readonly [string, unknown])[],
): void {
  const known = new Set(own.map(([name]) => name));
  for (const name of names) {
    if (!known.has(name)) reader.problem(`unknown "${where === "" ? "" : `${where}.`}${name}"`);
  }
}

function ratesOf(module: Module): [string, Adjustable][] {
  return namedIn(module, (each) => namedMembers(each, Adjustable));
}

/** A value as `matched` takes it, which refuses what is no record of tensors. */
function tensorsOf(value: unknown): Readonly<Record<string, TensorLike>> {
  return value as Readonly<Record<string, TensorLike>>;
}
