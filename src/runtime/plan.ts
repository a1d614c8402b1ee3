import { Operand, type Placement } from "../graph/operand.ts";
import { conditionsOf } from "../graph/order.ts";
import { isView, viewOffset } from "../graph/view.ts";
import { wholeLines } from "../memory/memory.ts";
import { Variable } from "../memory/variable.ts";

/** A block of scratch memory, and the first and the last step that use it. */
interface Block {
  readonly bytes: number;
  readonly born: number;
  dies: number;
  address: number; // bytes from the start of the scratch area
}

/** The place of an operand: an offset in bytes within a block. */
interface Place {
  readonly block: Block;
  readonly offset: number;
}

/** A start of scratch memory at which none of its addresses is one of a variable or a constant. */
const APART = -(2 ** 40);

/** A part of a concatenation, from this float on. */
interface Slot {
  readonly whole: Operand;
  readonly offset: number;
}

/** The places of all results of a program in scratch memory; results that are not live at the same time share memory. */
export class Plan {
  /** Bytes of scratch memory. */
  readonly bytes: number;
  /** Bytes that the same results would take without sharing. */
  readonly unshared: number;
  readonly #places = new Map<Operand, Place>();
  readonly #workspaces = new Map<Operand, Operand>();
  readonly #slots: ReadonlyMap<Operand, Slot>;
  readonly #given: ReadonlySet<Operand>;
  readonly #elsewhere: ReadonlyMap<Operand, { readonly address: number }>;
  readonly #lastUse = new Map<Operand, number>();

  /**
   * @param order every operand in the order of execution
   * @param given operands that are written before the first step
   * @param liveOut operands that are read after the last step
   * @param elsewhere operands beside scratch memory, at addresses of their own; variables need not be among them
   */
  constructor(
    order: readonly Operand[],
    given: ReadonlySet<Operand>,
    liveOut: ReadonlySet<Operand>,
    elsewhere: ReadonlyMap<Operand, { readonly address: number }> = new Map(),
  ) {
    this.#given = given;
    this.#elsewhere = elsewhere;
    this.#slots = slotsOf(order, given);
    order.forEach((operand, step) => {
      this.#lastUse.set(operand, step);
      for (const input of operand.inputs) this.#lastUse.set(input, step);
      for (const condition of conditionsOf(operand)) this.#lastUse.set(condition, step);
    });
    for (const operand of liveOut) this.#lastUse.set(operand, order.length);
    order.forEach((operand, step) => this.#assign(operand, step));
    const blocks = new Set([...this.#places.values()].map((place) => place.block));
    this.bytes = pack([...blocks]);
    this.unshared = [...this.#places.keys()]
      .filter((operand) => !isView(operand))
      .reduce((sum, operand) => sum + wholeLines(operand.size * 4), 0);
  }

  /** The address of an operand when the scratch area begins at `base`. */
  address(operand: Operand, base: number): number {
    const elsewhere = this.#elsewhere.get(operand);
    if (elsewhere) return elsewhere.address;
    if (operand instanceof Variable) return operand.address;
    const [viewed] = operand.inputs;
    if (viewed && isView(operand)) return this.address(viewed, base) + viewOffset(operand);
    const place = this.#places.get(operand);
    if (!place) throw new Error(`plan: every operand must have a place; got ${operand}`);
    return base + place.block.address + place.offset;
  }

  /** The placement for the rule of `operand`, which makes its kernel calls. */
  placementOf(operand: Operand, panelWidth: Placement["panelWidth"]): Placement {
    return {
      panelWidth,
      workspace: this.#workspaces.get(operand) ?? operand,
      aliases: (input, out, offset) => this.address(input, APART) === this.address(out, APART) + offset * 4,
    };
  }

  /** The last step that reads an operand; the number of steps for one that is read after them. For tests. */
  lastUse(operand: Operand): number | undefined {
    return this.#lastUse.get(operand);
  }

  #isElsewhere(operand: Operand): boolean {
    return operand instanceof Variable || this.#elsewhere.has(operand);
  }

  #assign(operand: Operand, step: number): void {
    if (this.#isElsewhere(operand)) return;
    this.#place(operand, step);
    if (!operand.rule.workspace) return;
    const workspace = new Operand("workspace", [operand.rule.workspace]);
    this.#workspaces.set(operand, workspace);
    this.#places.set(workspace, this.#newPlace(workspace, step));
  }

  /** Aliases its source, a slot of its concatenation, a dead input's block, or a new block. */
  #place(operand: Operand, step: number): Place | undefined {
    const known = this.#places.get(operand);
    if (known) return known;
    if (this.#isElsewhere(operand)) return undefined;
    const place = this.#viewedPlace(operand, step) ?? this.#slotPlace(operand, step) ?? this.#inputPlace(operand, step);
    if (isView(operand) && !place) return undefined; // a view of a variable or a constant
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

  #slotPlace(operand: Operand, step: number): Place | undefined {
    const slot = this.#slots.get(operand);
    const place = slot && this.#place(slot.whole, step);
    return place && { block: place.block, offset: place.offset + slot.offset * 4 };
  }

  /** The place of an input that `operand` may overwrite, if this is the last use of its block. */
  #inputPlace(operand: Operand, step: number): Place | undefined {
    for (const index of operand.rule.overwrites ?? []) {
      const input = operand.inputs[index];
      const place = input && this.#places.get(input);
      if (!place || place.block.dies > step || place.block.bytes !== wholeLines(operand.size * 4)) continue;
      // Every input in the block must be read element by element: a broadcast row would be overwritten too early.
      const sharers = operand.inputs.filter((other) => this.#places.get(other)?.block === place.block);
      if (sharers.every((other) => other.size === operand.size && this.#places.get(other)?.offset === 0)) return place;
    }
    return undefined;
  }

  #newPlace(operand: Operand, born: number): Place {
    return { block: { bytes: wholeLines(operand.size * 4), born, dies: born, address: 0 }, offset: 0 };
  }
}

/** The source of a view of all of it; else the operand itself. */
function wholeOf(operand: Operand | undefined): Operand | undefined {
  const [viewed] = operand?.inputs ?? [];
  return operand && viewed && isView(operand) && viewed.size === operand.size ? wholeOf(viewed) : operand;
}

/** The slot of each result that is computed in place, as a part of one concatenation. */
function slotsOf(order: readonly Operand[], given: ReadonlySet<Operand>): Map<Operand, Slot> {
  const slots = new Map<Operand, Slot>();
  for (const whole of order) {
    whole.rule.slots?.forEach((offset, i) => {
      const input = wholeOf(whole.inputs[i]);
      if (!input || given.has(input) || isView(input) || slots.has(input)) return;
      slots.set(input, { whole, offset });
    });
  }
  return slots;
}

/**
 * Gives blocks their addresses, the largest first, each in the lowest gap between blocks that are live at the same time
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
