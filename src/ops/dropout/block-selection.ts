import { NARROW_PANEL, roomForTotals, selectionLine } from "#kernels/contract";
import { type Columns, Operand } from "../../graph/operand.ts";
import { countUse, within } from "../../graph/scope.ts";
import { call } from "../../graph/call.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { reshape, unshaped } from "../shape/view.ts";

/** How blocks are selected. */
export interface BlockOptions {
  /** Columns in a block. */
  readonly block: number;
  /** Rows that share one selection. */
  readonly group: number;
  /** Selected blocks in each row, at least 1. */
  readonly keep: number;
}

/** The selected blocks of the columns of a matrix [rows, width], for each group of rows. */
export class BlockSelection implements Columns {
  /** Columns of a compact operand: those of the selected blocks. */
  readonly columns: number;
  /** Whether block-sparse kernels support these blocks. If not, operations use the dense matrix, with the same result. */
  readonly isBlockSparse: boolean;
  /** For each group: its selected blocks, the index of each block among these or -1, its selected columns. */
  readonly list: Operand;
  readonly #listLength: number;

  /** The selection depends on the counter, on how often it was used before in this trace, and on the group. */
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
    this.isBlockSparse = width % block === 0 && block % NARROW_PANEL === 0;
    this.#listLength = selectionLine(blocks, keep, block);
    this.list = new Operand(
      "selectBlocks",
      [groups, this.#listLength],
      [counter],
      {
        calls: (list, { workspace }) => [
          call("philox", counter, use, workspace, groups * blocks),
          call("selectBlocks", workspace, list, groups, blocks, keep, block),
        ],
        workspace: groups * blocks,
        flops: groups * blocks,
      },
      "int32",
    );
  }

  /** The selected columns of x, read as [rows, width]: [rows, columns]. Computes only these where the rule of x allows it. */
  of(x: Operand): Operand {
    const source = unshaped(x);
    if (source instanceof BlockSparse && source.selection === this) return source.compact;
    const computed = this.isBlockSparse ? within(source.layer, () => source.rule.onColumns?.(this)) : undefined;
    return computed ?? this.#compact(reshape(x, [this.rows, this.width]));
  }

  /** The arguments of block-sparse kernels for one operand: list, integers for each group, selected blocks, columns of a block. */
  get side(): readonly [Operand, number, number, number] {
    return [this.list, this.#listLength, this.options.keep, this.options.block];
  }

  /** x + the selected columns of `row` [width], for a compact x. */
  addRow(x: Operand, row: Operand): Operand {
    const { rows, list } = this;
    const sizes = this.#sizesInBlocks;
    return new Operand("addRowToBlocks", x.shape, [x, row, list], {
      calls: (out) => [call("addRowToBlocks", x, row, list, out, rows, ...sizes)],
      gradient: (dOut) => [dOut, this.#sumRows(dOut), null],
      overwrites: [0],
    });
  }

  #sumRows(x: Operand): Operand {
    const { rows, list, width } = this;
    const sizes = this.#sizesInBlocks;
    return new Operand("sumRowsOfBlocks", [width], [x, list], {
      calls: (out, { workspace }) => [call("sumRowsOfBlocks", x, list, out, workspace, rows, ...sizes)],
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

/** A matrix [rows, width] with zeros outside the selected blocks. Operations that can use `compact` in its place do. */
export class BlockSparse extends Operand {
  constructor(
    readonly compact: Operand,
    readonly selection: BlockSelection,
  ) {
    const { rows, width, list } = selection;
    const { group, block, keep } = selection.options;
    super("expandBlocks", [rows, width], [compact, list], {
      calls: (out) => [call("expandBlocks", compact, list, out, rows, width, group, block, keep)],
      gradient: (dOut) => [selection.of(dOut), null],
      flops: 0,
    });
  }
}

function zeros(shape: readonly number[]): Operand {
  return new Operand("fill", shape, [], { calls: (out) => [call("fill", out, 0, out.size)], flops: 0 });
}
