import { Operand } from "../graph/operand.ts";
import type { Module } from "./module.ts";

/** A property or an element of an array, and what it holds. */
interface Slot {
  readonly holder: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly held: unknown;
}

/** What the modules of some models hold, and where: programs that were traced from it are valid while it holds. */
export class Structure {
  readonly #slots: readonly Slot[];

  constructor(roots: readonly Module[]) {
    const modules = new Set(roots.flatMap((root) => root.modules()));
    this.#slots = [...modules].flatMap((module) => slotsOf(module, modules));
  }

  /** Whether every module, parameter and buffer is where it was. */
  holds(): boolean {
    for (const { holder, name, held } of this.#slots) if (holder[name] !== held) return false;
    return true;
  }
}

/** The properties that hold a part of the model, or may come to: alone, in an array, or not yet. */
function slotsOf(module: Module, modules: ReadonlySet<unknown>): Slot[] {
  const isPart = (value: unknown): boolean => value instanceof Operand || modules.has(value);
  return Object.entries(module).flatMap(([name, held]: [string, unknown]): Slot[] => {
    const slot = slotOf(module, name, held);
    if (isPart(held) || held === undefined || held === null) return [slot];
    if (!Array.isArray(held) || !held.some(isPart)) return [];
    const inner = held.flatMap((each: unknown, i) => (isPart(each) ? [slotOf(held, String(i), each)] : []));
    return [slot, slotOf(held, "length", held.length), ...inner];
  });
}

function slotOf(holder: object, name: string, held: unknown): Slot {
  return { holder: holder as Readonly<Record<string, unknown>>, name, held };
}
