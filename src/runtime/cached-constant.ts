import { Input, type Operand } from "../graph/operand.ts";
import { kernels } from "./backend.ts";
import type { Call, Kernels } from "../graph/call.ts";
import { bindKernel } from "./protocol.ts";
import { Storage, contentEpoch } from "../memory/storage.ts";
import { RngState } from "../memory/rng-state.ts";
import { Variable } from "../memory/variable.ts";
import { isView, viewOffset } from "./plan.ts";

/** A result that depends on lasting operands alone: it stays in memory, and is worked out anew after they changed. */
export class CachedConstant {
  /** What is worked out, and of what: programs share results whose keys are equal. */
  readonly key: string;
  readonly #operand: Operand;
  readonly #others: ReadonlyMap<Operand, CachedConstant>;
  readonly #sources: readonly Variable[];
  #storage: Storage | undefined;
  #changedAt = -1;
  #kernels: Kernels | undefined;

  /** @param others what is derived already, the inputs of `operand` among it */
  constructor(operand: Operand, others: ReadonlyMap<Operand, CachedConstant>) {
    this.#operand = operand;
    this.#others = others;
    this.#sources = sourcesOf(operand);
    const names = this.#calls.map((call) => [call.kernel, ...call.arguments.map((argument) => this.#name(argument))]);
    this.key = [operand.label, ...names.map((each) => each.join())].join(" ");
  }

  /** With the kernels that are in force now. */
  get #calls(): readonly Call[] {
    return this.#operand.rule.calls(this.#operand, { workspace: this.#operand, aliases: () => false });
  }

  get bytes(): number {
    return this.#operand.size * 4;
  }

  get address(): number {
    this.#storage ??= new Storage(this.bytes);
    return this.#storage.address;
  }

  /** Works it out, unless neither its sources nor the kernels in force changed since that was done. */
  refresh(): void {
    const isFresh = this.#sources.every(({ storage }) => storage.writtenAt <= this.#changedAt);
    if (isFresh && this.#kernels === kernels()) return;
    const exported = (this.#kernels = kernels());
    for (const call of this.#calls) {
      const values = call.arguments.map((argument) => this.#valueOf(argument));
      bindKernel(exported[call.kernel], values, 0, 1)();
    }
    this.#changedAt = contentEpoch();
  }

  #valueOf(argument: Operand | number): number {
    if (typeof argument === "number") return argument;
    if (argument === this.#operand) return this.address;
    if (argument instanceof Variable) return argument.address;
    const derived = this.#others.get(argument);
    if (derived) return derived.address;
    return this.#valueOf(argument.inputs[0] ?? NaN) + viewOffset(argument);
  }

  #name(argument: Operand | number): string {
    if (typeof argument === "number") return String(argument);
    if (argument === this.#operand) return "out";
    if (argument instanceof Variable) return `#${argument.id}`;
    const derived = this.#others.get(argument);
    if (derived) return `(${derived.key})`;
    return `${this.#name(argument.inputs[0] ?? NaN)}+${viewOffset(argument)}`;
  }
}

/** The storages that effects may write: those of their lasting inputs. */
export function storagesOf(effects: readonly Operand[]): Set<Storage> {
  const lasting = effects.flatMap((effect) => effect.inputs.map(viewedBy)).filter((each) => each instanceof Variable);
  return new Set(lasting.map((each) => each.storage));
}

/**
 * What a program need not work out at each run: operations on nothing but lasting operands that it does not change.
 * Those that ask for a workspace are left to the program.
 */
export function cachedConstantsOf(
  order: readonly Operand[],
  effects: readonly Operand[],
): Map<Operand, CachedConstant> {
  const written = storagesOf(effects);
  const derived = new Map<Operand, CachedConstant>();
  const steady = new Set<Operand>();
  for (const operand of order) {
    if (operand instanceof Variable) {
      if (!written.has(operand.storage) && !(operand instanceof RngState)) steady.add(operand);
      continue;
    }
    if (operand instanceof Input || effects.includes(operand) || operand.rule.workspace) continue;
    if (!operand.inputs.every((input) => steady.has(input))) continue;
    steady.add(operand);
    if (!isView(operand)) derived.set(operand, shared(new CachedConstant(operand, derived)));
  }
  return derived;
}

const known = new Map<string, WeakRef<CachedConstant>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (!known.get(key)?.deref()) known.delete(key);
});

/** The first of those with this key that is still in use. */
function shared(derived: CachedConstant): CachedConstant {
  const found = known.get(derived.key)?.deref();
  if (found) return found;
  known.set(derived.key, new WeakRef(derived));
  dropped.register(derived, derived.key);
  return derived;
}

function viewedBy(operand: Operand): Operand {
  const [viewed] = operand.inputs;
  return viewed && isView(operand) ? viewedBy(viewed) : operand;
}

function sourcesOf(operand: Operand): Variable[] {
  const seen = new Set<Operand>([operand]);
  for (const each of seen) for (const input of each.inputs) seen.add(input);
  return [...seen].filter((each) => each instanceof Variable);
}
