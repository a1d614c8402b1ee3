import { Operand, type Placement } from "../graph/operand.ts";
import type { CachedConstant } from "./cached-constant.ts";
import { Variable } from "../memory/variable.ts";
import { wholeLines } from "../memory/memory.ts";

/** A stretch of scratch memory, and the steps from the first to the last of which it is in use. */
interface Block {
  readonly bytes: number;
  readonly born: number;
  dies: number;
  address: number; // bytes from the start of the scratch area
}

/** Where an operand lies: so many bytes from the start of a block. */
interface Place {
  readonly block: Block;
  readonly offset: number;
}

/**
 * Where every result of a program lies in scratch memory; results that never live at the same time share it.
 * `order` is the order of execution, `given` what is written before it, `kept` what is read after it, `derived` what
 * is worked out elsewhere.
 */
export class Plan {
  /** Bytes of scratch memory. */
  readonly bytes: number;
  /** Bytes that the same results would take if none shared its place. */
  readonly unshared: number;
  readonly #places = new Map<Operand, Place>();
  readonly #workspaces = new Map<Operand, Operand>();
  readonly #holders: ReadonlyMap<Operand, { holder: Operand; offset: number }>;
  readonly #given: ReadonlySet<Operand>;
  readonly #derived: ReadonlyMap<Operand, CachedConstant>;
  readonly #lastUse = new Map<Operand, number>();

  constructor(
    order: readonly Operand[],
    given: ReadonlySet<Operand>,
    kept: ReadonlySet<Operand>,
    derived: ReadonlyMap<Operand, CachedConstant> = new Map(),
  ) {
    this.#given = given;
    this.#derived = derived;
    this.#holders = holdersOf(order, (operand) => given.has(operand) || this.#isElsewhere(operand));
    order.forEach((operand, step) => {
      this.#lastUse.set(operand, step);
      for (const input of operand.inputs) this.#lastUse.set(input, step);
      for (const condition of conditionsOf(operand)) this.#lastUse.set(condition, step);
    });
    for (const operand of kept) this.#lastUse.set(operand, order.length);
    order.forEach((operand, step) => this.#settle(operand, step));
    const blocks = new Set([...this.#places.values()].map((place) => place.block));
    this.bytes = pack([...blocks]);
    this.unshared = [...this.#places.keys()]
      .filter((operand) => !isView(operand))
      .reduce((sum, operand) => sum + wholeLines(operand.size * 4), 0);
  }

  /** The address of an operand when the scratch area begins at `base`. */
  address(operand: Operand, base: number): number {
    if (operand instanceof Variable) return operand.address;
    const derived = this.#derived.get(operand);
    if (derived) return derived.address;
    const [viewed] = operand.inputs;
    if (viewed && isView(operand)) return this.address(viewed, base) + viewOffset(operand);
    const place = this.#places.get(operand);
    if (!place) throw new Error(`plan: every operand must have a place; got ${operand}`);
    return base + place.block.address + place.offset;
  }

  /** What `operand` is told when it names its kernel calls. */
  placementOf(operand: Operand): Placement {
    return {
      workspace: this.#workspaces.get(operand) ?? operand,
      aliases: (input, out, offset) => this.address(input, 0) === this.address(out, 0) + offset * 4,
    };
  }

  /** The stretches of memory in use, for whoever wants to check that none overlap. */
  lives(): { operand: Operand; address: number; bytes: number; born: number; dies: number }[] {
    return [...this.#places].map(([operand, { block, offset }]) => ({
      operand,
      address: block.address + offset,
      bytes: operand.size * 4,
      born: block.born,
      dies: this.#lastUse.get(operand) ?? block.dies,
    }));
  }

  #isElsewhere(operand: Operand): boolean {
    return operand instanceof Variable || this.#derived.has(operand);
  }

  #settle(operand: Operand, step: number): void {
    if (this.#isElsewhere(operand)) return;
    this.#place(operand, step);
    if (!operand.rule.workspace) return;
    const workspace = new Operand("workspace", [operand.rule.workspace]);
    this.#workspaces.set(operand, workspace);
    this.#lastUse.set(workspace, step);
    this.#places.set(workspace, this.#newPlace(workspace, step));
  }

  /** The operand's place: that of what it views, within what holds it, over an input that ends here, or a new one. */
  #place(operand: Operand, step: number): Place | undefined {
    const known = this.#places.get(operand);
    if (known) return known;
    if (this.#isElsewhere(operand)) return undefined;
    const place = this.#viewedPlace(operand, step) ?? this.#heldPlace(operand, step) ?? this.#placeTaken(operand, step);
    if (isView(operand) && !place) return undefined; // a view of what lies elsewhere
    const settled = place ?? this.#newPlace(operand, this.#given.has(operand) ? -1 : step);
    settled.block.dies = Math.max(settled.block.dies, this.#lastUse.get(operand) ?? step);
    this.#places.set(operand, settled);
    return settled;
  }

  #viewedPlace(operand: Operand, step: number): Place | undefined {
    const [viewed] = operand.inputs;
    if (!viewed || !isView(operand)) return undefined;
    const place = this.#place(viewed, step);
    return place && { block: place.block, offset: place.offset + viewOffset(operand) };
  }

  #heldPlace(operand: Operand, step: number): Place | undefined {
    const held = this.#holders.get(operand);
    const place = held && this.#place(held.holder, step);
    return place && { block: place.block, offset: place.offset + held.offset * 4 };
  }

  /** The place of an input that `operand` may overwrite, if nothing needs that input afterwards. */
  #placeTaken(operand: Operand, step: number): Place | undefined {
    for (const index of operand.rule.overwrites ?? []) {
      const input = operand.inputs[index];
      const place = input && this.#places.get(input);
      if (!place || place.block.dies > step || place.offset !== 0 || input.size !== operand.size) continue;
      if (place.block.bytes !== wholeLines(operand.size * 4)) continue;
      // Whoever else is read from there must be read element by element too: a row of it is overwritten too early.
      const others = operand.inputs.filter((other) => this.#places.get(other)?.block === place.block);
      if (others.every((other) => other.size === operand.size && this.#places.get(other)?.offset === 0)) return place;
    }
    return undefined;
  }

  #newPlace(operand: Operand, born: number): Place {
    return {
      block: { bytes: wholeLines(operand.size * 4), born, dies: this.#lastUse.get(operand) ?? born, address: 0 },
      offset: 0,
    };
  }
}

/** What must hold for an operand to be carried out: the condition that holds for the others first. */
export function conditionsOf({ condition }: Operand): Operand[] {
  return condition ? [...conditionsOf(condition), condition] : [];
}

/** Whether an operand has no memory of its own. */
export function isView(operand: Operand): boolean {
  return operand.rule.viewOffset !== undefined && operand.inputs.length > 0;
}

/** Bytes from the start of what is viewed. */
export function viewOffset(operand: Operand): number {
  return (operand.rule.viewOffset ?? 0) * 4;
}

/** What a view shows, if it shows all of it. */
function wholeOf(operand: Operand | undefined): Operand | undefined {
  const [viewed] = operand?.inputs ?? [];
  return operand && viewed && isView(operand) && viewed.size === operand.size ? wholeOf(viewed) : operand;
}

/** What lies inside what: results that are made here, and wanted whole by one holder. */
function holdersOf(
  order: readonly Operand[],
  isSettled: (operand: Operand) => boolean,
): Map<Operand, { holder: Operand; offset: number }> {
  const holders = new Map<Operand, { holder: Operand; offset: number }>();
  for (const holder of order) {
    holder.rule.slots?.forEach((offset, i) => {
      const input = wholeOf(holder.inputs[i]);
      if (!input || isSettled(input) || isView(input) || holders.has(input)) return;
      holders.set(input, { holder, offset });
    });
  }
  return holders;
}

/**
 * Gives blocks their addresses, the largest first, each in the lowest gap between those that live at the same time
 * (Pisarchyk & Lee 2020, https://arxiv.org/abs/2001.03288, greedy by size); returns the bytes needed.
 */
function pack(blocks: readonly Block[]): number {
  let end = 0;
  const placed: Block[] = [];
  for (const block of blocks.toSorted((a, b) => b.bytes - a.bytes)) {
    const neighbours = placed
      .filter((other) => other.born <= block.dies && block.born <= other.dies)
      .toSorted((a, b) => a.address - b.address);
    for (const other of neighbours) {
      if (other.address - block.address >= block.bytes) break;
      block.address = Math.max(block.address, other.address + other.bytes);
    }
    end = Math.max(end, block.address + block.bytes);
    placed.push(block);
  }
  return end;
}
