import { type Columns, Operand } from "../../graph/operand.ts";
import { countUse, within } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { reshape, unshaped } from "../shape.ts";
import { roomForTotals } from "../totals.ts";

/** Columns that kernels of whole blocks need a block to be a multiple of: the narrowest panel of a product. */
const NARROWEST = 8;

/** How a choice of blocks is made. */
export interface BlockOptions {
  /** Neighbouring columns that are kept or dropped together. */
  readonly block: number;
  /** Rows that share one choice. */
  readonly group: number;
  /** Blocks that are kept of those that a row has, at least 1. */
  readonly keep: number;
}

/** Which blocks of the columns of a matrix [rows, width] are kept, for each group of rows. */
export class BlockSelection implements Columns {
  /** Columns of a compact operand, which has the kept ones alone. */
  readonly columns: number;
  /** Whether products can visit kept blocks alone. Otherwise the dense form is made, which gives the same. */
  readonly isWhole: boolean;
  /** For each group: its kept blocks, the place of each block among them or -1, its kept columns. */
  readonly list: Operand;
  readonly #line: number;

  /** Draws a choice: a function of the counter, of how often it was used before in this trace, and of the group. */
  constructor(
    counter: RngState,
    readonly rows: number,
    readonly width: number,
    readonly options: BlockOptions,
  ) {
    const { block, group, keep } = options;
    const blocks = Math.ceil(width / block);
    const groups = Math.ceil(rows / group);
    const use = countUse(counter);
    this.columns = keep * block;
    this.isWhole = width % block === 0 && block % NARROWEST === 0;
    this.#line = keep + blocks + this.columns;
    this.list = new Operand(
      "keepBlocks",
      [groups, this.#line],
      [counter],
      {
        calls: (list, { workspace }) => [
          call("philox", counter, use, workspace, groups * blocks),
          call("keepBlocks", workspace, list, groups, blocks, keep, block),
        ],
        workspace: groups * blocks,
        flops: groups * blocks,
      },
      "int32",
    );
  }

  /** The kept columns of x, read as [rows, width]: [rows, columns]. What made x makes them alone where it can. */
  of(x: Operand): Operand {
    const source = unshaped(x);
    if (source instanceof BlockSparse && source.kept === this) return source.compact;
    const made = this.isWhole ? within(source.layer, () => source.rule.onColumns?.(this)) : undefined;
    return made ?? this.#compact(reshape(x, [this.rows, this.width]));
  }

  /** What a product is told of one of its sides: list, integers in a line, kept blocks, columns of each. */
  get side(): readonly [Operand, number, number, number] {
    return [this.list, this.#line, this.options.keep, this.options.block];
  }

  /** x + row, for the kept columns x of a matrix and a row of `width`. */
  addRow(x: Operand, row: Operand): Operand {
    const { rows, list } = this;
    const sizes = this.#sizesInBlocks;
    return new Operand("addKept", x.shape, [x, row, list], {
      calls: (out) => [call("addKept", x, row, list, out, rows, ...sizes)],
      gradient: (dOut) => [dOut, this.#sumRows(dOut), null],
      overwrites: [0],
    });
  }

  #sumRows(x: Operand): Operand {
    const { rows, list, width } = this;
    const sizes = this.#sizesInBlocks;
    return new Operand("sumKept", [width], [x, list], {
      calls: (out, { workspace }) => [call("sumKept", x, list, out, workspace, rows, ...sizes)],
      workspace: roomForTotals(rows, width),
      gradient: (dOut) => [this.addRow(zeros(x.shape), dOut), null],
      flops: x.size,
    });
  }

  #compact(x: Operand): Operand {
    const { rows, width, list, columns } = this;
    const { group, block, keep } = this.options;
    return new Operand("compactBlocks", [rows, columns], [x, list], {
      calls: (out) => [call("compactBlocks", x, list, out, rows, width, group, block, keep)],
      gradient: (dOut) => [new BlockSparse(dOut, this), null],
      flops: 0,
    });
  }

  get #sizesInBlocks(): readonly [number, number, number, number] {
    const { group, block, keep } = this.options;
    return [this.width / block, group, block, keep];
  }
}

/** A matrix of which only the kept columns are not 0. Whoever can works with the compact operand instead. */
export class BlockSparse extends Operand {
  constructor(
    readonly compact: Operand,
    readonly kept: BlockSelection,
  ) {
    const { rows, width, list } = kept;
    const { group, block, keep } = kept.options;
    super("expandBlocks", [rows, width], [compact, list], {
      calls: (out) => [call("expandBlocks", compact, list, out, rows, width, group, block, keep)],
      gradient: (dOut) => [kept.of(dOut), null],
      flops: 0,
    });
  }
}

function zeros(shape: readonly number[]): Operand {
  return new Operand("fill", shape, [], { calls: (out) => [call("fill", out, 0, out.size)], flops: 0 });
}
