import { Input, type Operand } from "../graph/operand.ts";
import { kernels } from "./backend.ts";
import type { Call, Kernels } from "../graph/call.ts";
import { bindKernel } from "./protocol.ts";
import { Counter, Lasting, Storage, changesSoFar } from "../memory/variable.ts";
import { isView, viewOffset } from "./plan.ts";

/** A result that depends on lasting operands alone: it stays in memory, and is worked out anew after they changed. */
export class Derived {
  /** What is worked out, and of what: programs share results whose keys are equal. */
  readonly key: string;
  readonly #operand: Operand;
  readonly #others: ReadonlyMap<Operand, Derived>;
  readonly #sources: readonly Lasting[];
  #storage: Storage | undefined;
  #changedAt = -1;
  #kernels: Kernels | undefined;

  /** @param others what is derived already, the inputs of `operand` among it */
  constructor(operand: Operand, others: ReadonlyMap<Operand, Derived>) {
    this.#operand = operand;
    this.#others = others;
    this.#sources = sourcesOf(operand);
    const names = this.#calls.map((call) => [call.kernel, ...call.arguments.map((argument) => this.#name(argument))]);
    this.key = [operand.label, ...names.map((each) => each.join())].join(" ");
  }

  /** With the kernels that are in force now. */
  get #calls(): readonly Call[] {
    return this.#operand.rule.calls(this.#operand, { workspace: this.#operand, lies: () => false });
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
    const isFresh = this.#sources.every(({ storage }) => storage.changedAt <= this.#changedAt);
    if (isFresh && this.#kernels === kernels()) return;
    const exported = (this.#kernels = kernels());
    for (const call of this.#calls) {
      const values = call.arguments.map((argument) => this.#valueOf(argument));
      bindKernel(exported[call.kernel], values, 0, 1)();
    }
    this.#changedAt = changesSoFar();
  }

  #valueOf(argument: Operand | number): number {
    if (typeof argument === "number") return argument;
    if (argument === this.#operand) return this.address;
    if (argument instanceof Lasting) return argument.address;
    const derived = this.#others.get(argument);
    if (derived) return derived.address;
    return this.#valueOf(argument.inputs[0] ?? NaN) + viewOffset(argument);
  }

  #name(argument: Operand | number): string {
    if (typeof argument === "number") return String(argument);
    if (argument === this.#operand) return "out";
    if (argument instanceof Lasting) return `#${argument.id}`;
    const derived = this.#others.get(argument);
    if (derived) return `(${derived.key})`;
    return `${this.#name(argument.inputs[0] ?? NaN)}+${viewOffset(argument)}`;
  }
}

/** The storages that effects may write: those of their lasting inputs. */
export function storagesOf(effects: readonly Operand[]): Set<Storage> {
  const lasting = effects.flatMap((effect) => effect.inputs.map(viewedBy)).filter((each) => each instanceof Lasting);
  return new Set(lasting.map((each) => each.storage));
}

/**
 * What a program need not work out at each run: operations on nothing but lasting operands that it does not change.
 * Those that ask for a workspace are left to the program.
 */
export function derivedOf(order: readonly Operand[], effects: readonly Operand[]): Map<Operand, Derived> {
  const written = storagesOf(effects);
  const derived = new Map<Operand, Derived>();
  const steady = new Set<Operand>();
  for (const operand of order) {
    if (operand instanceof Lasting) {
      if (!written.has(operand.storage) && !(operand instanceof Counter)) steady.add(operand);
      continue;
    }
    if (operand instanceof Input || effects.includes(operand) || operand.rule.workspace) continue;
    if (!operand.inputs.every((input) => steady.has(input))) continue;
    steady.add(operand);
    if (!isView(operand)) derived.set(operand, shared(new Derived(operand, derived)));
  }
  return derived;
}

const known = new Map<string, WeakRef<Derived>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (!known.get(key)?.deref()) known.delete(key);
});

/** The first of those with this key that is still in use. */
function shared(derived: Derived): Derived {
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

function sourcesOf(operand: Operand): Lasting[] {
  const seen = new Set<Operand>([operand]);
  for (const each of seen) for (const input of each.inputs) seen.add(input);
  return [...seen].filter((each) => each instanceof Lasting);
}
