import { Input, type Operand } from "../graph/operand.ts";
import type { Kernels } from "../graph/kernels.ts";
import type { Call } from "../graph/call.ts";
import { isView, viewOffset, viewSource } from "../graph/view.ts";
import { numbersAt } from "../memory/memory.ts";
import { RngState } from "../memory/rng-state.ts";
import { Storage, contentEpoch } from "../memory/storage.ts";
import { Variable } from "../memory/variable.ts";
import { kernels, panelWidth } from "./engine.ts";
import { bindKernel } from "./protocol.ts";

/** A result that depends on variables alone: it stays in memory, and is computed again after they were written. */
export class CachedConstant {
  /** The computation and its sources; programs share constants whose keys are equal. */
  readonly key: string;
  readonly #operand: Operand;
  readonly #others: ReadonlyMap<Operand, CachedConstant>;
  /** The variables that it depends on. */
  readonly sources: readonly Variable[];
  #storage: Storage | undefined;
  #computedAt = -1;
  #kernels: Kernels | undefined;

  /** @param others constants so far, the inputs of `operand` among them */
  constructor(operand: Operand, others: ReadonlyMap<Operand, CachedConstant>) {
    this.#operand = operand;
    this.#others = others;
    this.sources = sourcesOf(operand);
    const names = this.#calls.map((call) => [call.kernel, ...call.arguments.map((argument) => this.#name(argument))]);
    this.key = [operand.label, ...names.map((each) => each.join())].join(" ");
  }

  /** With the current kernels. */
  get #calls(): readonly Call[] {
    const placement = { workspace: this.#operand, panelWidth: panelWidth(), aliases: () => false };
    return this.#operand.rule.calls(this.#operand, placement);
  }

  get bytes(): number {
    return this.#operand.size * 4;
  }

  get address(): number {
    this.#storage ??= new Storage(this.bytes);
    return this.#storage.address;
  }

  /** Computes it, unless neither its sources nor the kernels changed since the last time. */
  refresh(): void {
    for (const source of this.sources) source.materialize();
    const isCurrent = this.sources.every(({ storage }) => storage.writtenAt <= this.#computedAt);
    if (isCurrent && this.#kernels === kernels()) return;
    const exported = (this.#kernels = kernels());
    for (const call of this.#calls) {
      const values = call.arguments.map((argument) => this.#valueOf(argument));
      bindKernel(exported[call.kernel], values, 0, 1)();
    }
    this.#operand.rule.check?.(numbersAt("int32", this.address, this.#operand.size), this.#operand);
    this.#computedAt = contentEpoch();
  }

  #valueOf(argument: Operand | number): number {
    if (typeof argument === "number") return argument;
    if (argument === this.#operand) return this.address;
    if (argument instanceof Variable) return argument.address;
    const constant = this.#others.get(argument);
    if (constant) return constant.address;
    return this.#valueOf(argument.inputs[0] ?? NaN) + viewOffset(argument);
  }

  #name(argument: Operand | number): string {
    if (typeof argument === "number") return String(argument);
    if (argument === this.#operand) return "out";
    if (argument instanceof Variable) return `#${argument.id}`;
    const constant = this.#others.get(argument);
    if (constant) return `(${constant.key})`;
    return `${this.#name(argument.inputs[0] ?? NaN)}+${viewOffset(argument)}`;
  }
}

/** The storages that effects may write: those of the variables among their inputs. */
export function storagesOf(effects: readonly Operand[]): Set<Storage> {
  const inputs = effects.flatMap((effect) => effect.inputs.map(viewSource));
  return new Set(inputs.filter((each) => each instanceof Variable).map((each) => each.storage));
}

/**
 * The constants of a program: operations on nothing but variables that it does not write. Operations with a
 * workspace, and those whose rule says so, are not cached.
 */
export function cachedConstantsOf(
  order: readonly Operand[],
  effects: readonly Operand[],
): Map<Operand, CachedConstant> {
  const written = storagesOf(effects);
  const constants = new Map<Operand, CachedConstant>();
  const steady = new Set<Operand>();
  for (const operand of order) {
    if (operand instanceof Variable) {
      if (!written.has(operand.storage) && !(operand instanceof RngState)) steady.add(operand);
      continue;
    }
    if (operand instanceof Input || effects.includes(operand)) continue;
    if (operand.rule.workspace || operand.rule.isTransient) continue;
    if (!operand.inputs.every((input) => steady.has(input))) continue;
    steady.add(operand);
    if (!isView(operand)) constants.set(operand, shared(new CachedConstant(operand, constants)));
  }
  return constants;
}

const known = new Map<string, WeakRef<CachedConstant>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (!known.get(key)?.deref()) known.delete(key);
});

/** The first constant of this key that is still in use. */
function shared(constant: CachedConstant): CachedConstant {
  const found = known.get(constant.key)?.deref();
  if (found) return found;
  known.set(constant.key, new WeakRef(constant));
  dropped.register(constant, constant.key);
  return constant;
}

function sourcesOf(operand: Operand): Variable[] {
  const seen = new Set<Operand>([operand]);
  for (const each of seen) for (const input of each.inputs) seen.add(input);
  return [...seen].filter((each) => each instanceof Variable);
}
