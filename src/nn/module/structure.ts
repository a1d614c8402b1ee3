import { Operand } from "../../graph/operand.ts";
import type { ModuleLike } from "./module-like.ts";

type Holder = Readonly<Record<string, unknown>>;

/** What the modules of some models hold, and where: programs that were traced from it are valid while it holds. */
export class Structure {
  // Side by side, and not as objects: looked through before every run.
  readonly #holders: Holder[] = [];
  readonly #names: string[] = [];
  readonly #held: unknown[] = [];
  readonly #lists: { readonly list: readonly unknown[]; readonly elements: readonly unknown[] }[] = [];

  constructor(roots: readonly ModuleLike[]) {
    const modules = new Set<unknown>(roots.flatMap((root) => root.modules()));
    const isPart = (value: unknown): boolean => value instanceof Operand || modules.has(value);
    for (const module of modules) {
      for (const [name, held] of Object.entries(module as object) as [string, unknown][]) {
        const isList = Array.isArray(held) && (held.length === 0 || held.some(isPart));
        if (isList) this.#lists.push({ list: held, elements: [...held] });
        if (!isList && !isPart(held) && held !== undefined && held !== null && held !== false) continue;
        this.#holders.push(module as Holder);
        this.#names.push(name);
        this.#held.push(held);
      }
    }
  }

  /**
   * Whether every module, parameter and buffer is where it was, and none was added to a list or in place of undefined,
   * null or false.
   */
  holds(): boolean {
    for (let i = 0; i < this.#holders.length; i++) {
      if (this.#holders[i]?.[this.#names[i] ?? ""] !== this.#held[i]) return false;
    }
    for (const { list, elements } of this.#lists) {
      if (list.length !== elements.length) return false;
      for (let i = 0; i < elements.length; i++) if (list[i] !== elements[i]) return false;
    }
    return true;
  }
}
