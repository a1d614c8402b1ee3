// Dropout by blocks of neighbouring columns, with one selection for a group of rows. A list has a `selectionLine` for each
// group. A compact operand has the columns of selected blocks alone.

import { fillRange, zipRange } from "../base/map";
import { Add } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { addToTotals } from "../base/summation";
import { selectionLine } from "../contract/dropout";
import { SHORT_SUM } from "../contract/sums";

/**
 * list[g] = `keep` of `blocks` numbers, each choice as likely as any other, then the places and the columns.
 * A block is selected where its draw, of 32 bits, times the blocks not yet decided is below 2^32 times those missing
 * (selection sampling: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). Workers share groups.
 */
export function selectBlocks(
  draws: usize, list: usize, groups: i32, blocks: i32, keep: i32, block: i32, part: i32, parts: i32,
): void {
  const end = rowShare(groups, part + 1, parts);
  for (let g = rowShare(groups, part, parts); g < end; g++) {
    const line = list + bytes(g * selectionLine(blocks, keep, block));
    const columns = line + bytes(keep + blocks);
    let selected = 0;
    for (let i = 0; i < blocks; i++) {
      const draw = <u64>load<u32>(draws + bytes(g * blocks + i));
      const isSelected = <i32>((draw * (blocks - i)) >> 32) < keep - selected;
      store<i32>(line + bytes(keep + i), isSelected ? selected : -1);
      if (!isSelected) continue;
      store<i32>(line + bytes(selected), i);
      for (let c = 0; c < block; c++) store<i32>(columns + bytes(selected * block + c), i * block + c);
      selected++;
    }
  }
}

/** out[m, j, c] = x[m, selected j, c], and 0 where that is beyond `width`. Workers share rows. */
export function compactBlocks(
  x: usize, list: usize, out: usize, M: i32, width: i32, group: i32, block: i32, keep: i32, part: i32, parts: i32,
): void {
  const blocks = (width + block - 1) / block;
  const end = rowShare(M, part + 1, parts);
  for (let m = rowShare(M, part, parts); m < end; m++) {
    const selection = list + bytes((m / group) * selectionLine(blocks, keep, block));
    for (let j = 0; j < keep; j++) {
      const first = load<i32>(selection + bytes(j)) * block;
      copyPadded(x + bytes(m * width + first), min(block, width - first), out + bytes((m * keep + j) * block), block);
    }
  }
}

/** out[m, i] = the element of a compact x for column i, or 0 without one. Workers share rows. */
export function expandBlocks(
  x: usize, list: usize, out: usize, M: i32, width: i32, group: i32, block: i32, keep: i32, part: i32, parts: i32,
): void {
  const blocks = (width + block - 1) / block;
  const end = rowShare(M, part + 1, parts);
  for (let m = rowShare(M, part, parts); m < end; m++) {
    const places = list + bytes((m / group) * selectionLine(blocks, keep, block) + keep);
    for (let i = 0; i < blocks; i++) {
      const place = load<i32>(places + bytes(i));
      const count = min(block, width - i * block);
      const from = x + bytes((m * keep + max(place, 0)) * block);
      copyPadded(from, place < 0 ? 0 : count, out + bytes(m * width + i * block), count);
    }
  }
}

/** `count` floats, then zeros up to `length`. */
@inline
function copyPadded(x: usize, count: i32, out: usize, length: i32): void {
  let i = 0;
  for (; i + TURN <= count; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    v128.store(out + bytes(i), low);
    v128.store(out + bytes(i), high, 16);
  }
  for (; i < count; i += LANES) {
    storeLanes(out + bytes(i), count - i, loadLanes(x + bytes(i), count - i, f32x4.splat(0)));
  }
  if (count < length) fillRange(out, f32x4.splat(0), count, length);
}

/** out[m, j, c] = x[m, j, c] + row[selected j, c], for a row of whole blocks. Workers share rows. */
export function addRowToBlocks(
  x: usize, row: usize, list: usize, out: usize, M: i32, blocks: i32, group: i32, block: i32, keep: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(M, part + 1, parts);
  for (let m = rowShare(M, part, parts); m < end; m++) {
    const selection = list + bytes((m / group) * selectionLine(blocks, keep, block));
    for (let j = 0; j < keep; j++) {
      const at = bytes((m * keep + j) * block);
      zipRange(changetype<Add>(0), x + at, row + bytes(load<i32>(selection + bytes(j)) * block), out + at, 0, block);
    }
  }
}

/**
 * out[i] = the sum of the elements of a compact x for column i, in the order of the rows. Workers share blocks.
 * `totals` holds 2 blocks block floats where M is above SHORT_SUM.
 */
export function sumRowsOfBlocks(
  x: usize, list: usize, out: usize, totals: usize, M: i32, blocks: i32, group: i32, block: i32, keep: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(blocks, part + 1, parts);
  for (let i = rowShare(blocks, part, parts); i < end; i++) {
    const sum = out + bytes(i * block);
    let first = 0;
    do {
      fillRange(sum, f32x4.splat(0), 0, block);
      const last = min(M, first + SHORT_SUM);
      for (let m = first; m < last; m++) {
        const place = load<i32>(list + bytes((m / group) * selectionLine(blocks, keep, block) + keep + i));
        if (place < 0) continue;
        zipRange(changetype<Add>(0), sum, x + bytes((m * keep + place) * block), sum, 0, block);
      }
      if (M > SHORT_SUM) addToTotals(sum, totals + 2 * bytes(i * block), block, first == 0);
      first = last;
    } while (first < M);
  }
}
