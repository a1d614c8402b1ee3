import { Operand } from "../../graph/operand.ts";
import type { ModuleLike } from "./module-like.ts";

type Owner = Readonly<Record<string, unknown>>;

/** A snapshot of the members of some models; programs traced from them are valid while it is unchanged. */
export class Structure {
  // Parallel arrays, not objects: compared before every run.
  readonly #owners: Owner[] = [];
  readonly #names: string[] = [];
  readonly #members: unknown[] = [];
  readonly #lists: { readonly list: readonly unknown[]; readonly elements: readonly unknown[] }[] = [];

  constructor(roots: readonly ModuleLike[]) {
    const modules = new Set<unknown>(roots.flatMap((root) => root.modules()));
    const isPart = (value: unknown): boolean => value instanceof Operand || modules.has(value);
    for (const module of modules) {
      for (const [name, member] of Object.entries(module as object) as [string, unknown][]) {
        const isList = Array.isArray(member) && (member.length === 0 || member.some(isPart));
        if (isList) this.#lists.push({ list: member, elements: [...member] });
        if (!isList && !isPart(member) && member !== undefined && member !== null && member !== false) continue;
        this.#owners.push(module as Owner);
        this.#names.push(name);
        this.#members.push(member);
      }
    }
  }

  /**
   * Whether no module, parameter or buffer was replaced, added to a list, or assigned to a property that was undefined,
   * null or false.
   */
  isUnchanged(): boolean {
    for (let i = 0; i < this.#owners.length; i++) {
      if (this.#owners[i]?.[this.#names[i] ?? ""] !== this.#members[i]) return false;
    }
    for (const { list, elements } of this.#lists) {
      if (list.length !== elements.length) return false;
      for (let i = 0; i < elements.length; i++) if (list[i] !== elements[i]) return false;
    }
    return true;
  }
}
