import { fillRange } from "../base/map";
import { bytes, rowShare } from "../base/lanes";
import { MaskRate } from "../contract/dropout";

/**
 * mask[plane, h, w] = 0 where one of the `size` by `size` blocks that begin at a chosen place covers it, else 1. A place
 * is chosen where its word of `draws` [planes, height - size + 1, width - size + 1] is below p * factor * 2^32, `rate`
 * being the address of MaskRate. Shared over planes.
 */
export function blockMask(
  draws: usize, rate: usize, factor: f64, mask: usize, planes: i32, height: i32, width: i32, size: i32,
  part: i32, parts: i32,
): void {
  const high = height - size + 1;
  const wide = width - size + 1;
  const threshold = <i64>nearest<f64>(<f64>load<f32>(rate, offsetof<MaskRate>("p")) * factor * 4294967296);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const end = rowShare(planes, part + 1, parts);
  for (let plane = rowShare(planes, part, parts); plane < end; plane++) {
    const first = mask + bytes(plane * height * width);
    fillRange(first, one, 0, height * width);
    let draw = draws + bytes(plane * high * wide);
    for (let h = 0; h < high; h++) {
      for (let w = 0; w < wide; w++, draw += 4) {
        if (<i64>load<u32>(draw) >= threshold) continue;
        for (let row = h; row < h + size; row++) {
          const start = row * width + w;
          fillRange(first, zero, start, start + size);
        }
      }
    }
  }
}
