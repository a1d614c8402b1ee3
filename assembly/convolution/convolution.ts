import { CONVOLUTION_BLOCK, CONVOLUTION_FLOATS, CONVOLUTION_RUN, Geometry, KERNEL_GRADIENT_FLOATS, SPARE_ROWS } from "../contract/convolution";
import { basesOf, offsetsOf, placesOf, positionsIn, stripFloats, stripOf } from "./geometry";
import { multiplyPatches } from "./tile";
import { TURN, bytes, rowShare } from "../base/lanes";
import { panelWidth, transposeBlock } from "../matmul/pack";

/**
 * panels[g, p, k, j] = w[g groupStride + s channelStride + (panel p + j) outputStride + h width + v], and 0 where there
 * is no such output; k = (s, h, v) with h = rowFirst, rowFirst + rowStep, ... and v likewise: the taps in use.
 * Of 16 columns the last panel has 8 where that is enough. Workers share groups and panels.
 */
export function packKernel(
  w: usize, panels: usize, groups: i32, groupStride: i32, channels: i32, channelStride: i32, outputs: i32,
  outputStride: i32, rowFirst: i32, rowStep: i32, rows: i32, columnFirst: i32, columnStep: i32, columns: i32, width: i32,
  panel: i32, part: i32, parts: i32,
): void {
  const count = (outputs + panel - 1) / panel;
  const depth = channels * rows * columns;
  const end = rowShare(groups * count, part + 1, parts);
  for (let item = rowShare(groups * count, part, parts); item < end; item++) {
    const first = (item % count) * panel;
    const here = min(panel, outputs - first);
    const lanes = panelWidth(panel, here);
    let to = panels + bytes(item * panel * depth);
    memory.fill(to, 0, bytes(lanes * depth));
    const from = w + bytes((item / count) * groupStride + first * outputStride);
    for (let s = 0; s < channels; s++) {
      for (let h = 0; h < rows; h++) {
        for (let v = 0; v < columns; v++) {
          let tap = from + bytes(s * channelStride + (rowFirst + h * rowStep) * width + columnFirst + v * columnStep);
          for (let j = 0; j < here; j++) {
            store<f32>(to + bytes(j), load<f32>(tap));
            tap += bytes(outputStride);
          }
          to += bytes(lanes);
        }
      }
    }
  }
}

/**
 * out[n, o, places[p]] = bias[o] + sum over k of patch(n, p)[k] * w[o, k], with w from `packKernel` and patches as
 * defined by `table`, a Geometry; bias 0 where there is none.
 * `workspace` holds a strip and CONVOLUTION_FLOATS floats for each of `slots` workers. They share strips of samples, and panels.
 */
export function convolve(
  image: usize, panels: usize, bias: usize, out: usize, table: usize, workspace: usize, slots: i32, panel: i32,
  part: i32, parts: i32,
): void {
  parts = min(parts, slots);
  if (part >= parts) return;
  const geometry = changetype<Geometry>(table);
  const outputs = geometry.outputs;
  const depth = geometry.depth;
  const runs = (depth + CONVOLUTION_RUN - 1) / CONVOLUTION_RUN;
  const count = (outputs + panel - 1) / panel;
  const items = geometry.samples * geometry.groups * geometry.strips * count;
  const scratch = workspace + bytes(part * (CONVOLUTION_FLOATS + stripFloats(geometry)));
  const end = rowShare(items, part + 1, parts);
  let known = -1;
  let strip = image;
  for (let item = rowShare(items, part, parts); item < end; item++) {
    const place = item / count;
    const s = place % geometry.strips;
    const unit = place / geometry.strips;
    if (place != known) strip = stripOf(geometry, image, unit, s, scratch + bytes(CONVOLUTION_FLOATS));
    known = place;
    const group = unit % geometry.groups;
    const first = (item % count) * panel;
    const here = min(panel, outputs - first);
    const width = panelWidth(panel, here);
    const b = panels + bytes((group * count * panel + first) * depth);
    const biasHere = bias ? bias + bytes(group * outputs + first) : 0;
    const to = out + bytes((unit * outputs + first) * geometry.outPlane + s * geometry.outAdvance);
    const positions = positionsIn(geometry, s);
    for (let start = 0; start < positions; start += CONVOLUTION_BLOCK) {
      const rows = min(CONVOLUTION_BLOCK, positions - start);
      startSums(scratch, width, rows, biasHere, here);
      const bases = basesOf(geometry) + bytes(start);
      let k = 0;
      for (let run = 0; run < runs; run++) {
        const last = run + 1 == runs ? depth : rowShare(depth, run + 1, runs);
        const offsets = offsetsOf(geometry) + bytes(k);
        multiplyPatches(width, strip, bases, rows, offsets, last - k, b + bytes(k * width), scratch);
        k = last;
      }
      const places = placesOf(geometry) + bytes(start);
      moveSums(scratch, width, rows, to, geometry.outPlane, here, places);
    }
  }
}

/** sums[r, c] = bias[c], or 0 where there is none; `count` biases, for `rows` rows and those that tiles add. */
function startSums(sums: usize, width: i32, rows: i32, bias: usize, count: i32): void {
  const length = (rows + SPARE_ROWS) * width;
  if (!bias) {
    memory.fill(sums, 0, bytes(length));
    return;
  }
  for (let c = 0; c < width; c++) store<f32>(sums + bytes(c), c < count ? load<f32>(bias + bytes(c)) : 0);
  const a = v128.load(sums), b = v128.load(sums, 16);
  const c = width == 16 ? v128.load(sums, 32) : a, d = width == 16 ? v128.load(sums, 48) : b;
  for (let i = 0; i + 16 <= length; i += 16) {
    v128.store(sums + bytes(i), a);
    v128.store(sums + bytes(i), b, 16);
    v128.store(sums + bytes(i), c, 32);
    v128.store(sums + bytes(i), d, 48);
  }
  if (length % 16 != 0) {
    v128.store(sums + bytes(length - TURN), a);
    v128.store(sums + bytes(length - TURN), b, 16);
  }
}

/** out[c, places[r]] = sums[r, c] for `rows` positions and `count` planes. */
function moveSums(sums: usize, width: i32, rows: i32, out: usize, outPlane: i32, count: i32, places: usize): void {
  const first = load<i32>(places);
  if (load<i32>(places + bytes(rows - 1)) - first == rows - 1) {
    transposeBlock(sums, width, 1, out + bytes(first), outPlane, count, rows);
    return;
  }
  for (let c = 0; c < count; c++) {
    for (let r = 0; r < rows; r++) {
      store<f32>(out + bytes(load<i32>(places + bytes(r))), load<f32>(sums + bytes(r * width + c)));
    }
    out += bytes(outPlane);
  }
}

/**
 * sums[chunk, g, p, k, j] = sum over the samples of a chunk and their positions of patch(n, position)[k] *
 * dOut[n, (g, panel p + j), position]; each of a panel's `panel` * (depth + SPARE_ROWS) floats.
 * `workspace` holds a strip and KERNEL_GRADIENT_FLOATS floats for each of `slots` workers. They share chunks, groups and panels.
 */
export function kernelGradient(
  image: usize, dOut: usize, sums: usize, table: usize, workspace: usize, slots: i32, chunks: i32, panel: i32,
  part: i32, parts: i32,
): void {
  parts = min(parts, slots);
  if (part >= parts) return;
  const geometry = changetype<Geometry>(table);
  const outputs = geometry.outputs;
  const outPlane = geometry.outPlane;
  const groups = geometry.groups;
  const depth = geometry.depth;
  const samples = geometry.samples;
  const count = (outputs + panel - 1) / panel;
  const items = chunks * groups * count;
  const b = workspace + bytes(part * (KERNEL_GRADIENT_FLOATS + stripFloats(geometry)));
  const end = rowShare(items, part + 1, parts);
  for (let item = rowShare(items, part, parts); item < end; item++) {
    const first = (item % count) * panel;
    const group = (item / count) % groups;
    const chunk = item / (count * groups);
    const here = min(panel, outputs - first);
    const width = panelWidth(panel, here);
    const out = sums + bytes(item * panel * (depth + SPARE_ROWS));
    memory.fill(out, 0, bytes(width * (depth + SPARE_ROWS)));
    const last = rowShare(samples, chunk + 1, chunks);
    for (let n = rowShare(samples, chunk, chunks); n < last; n++) {
      const unit = n * groups + group;
      for (let s = 0; s < geometry.strips; s++) {
        const strip = stripOf(geometry, image, unit, s, b + bytes(KERNEL_GRADIENT_FLOATS));
        const from = dOut + bytes((unit * outputs + first) * outPlane + s * geometry.outAdvance);
        const positions = positionsIn(geometry, s);
        for (let start = 0; start < positions; start += CONVOLUTION_RUN) {
          const rows = min(CONVOLUTION_RUN, positions - start);
          if (here < width) memory.fill(b, 0, bytes(width * rows));
          transposeBlock(from + bytes(start), outPlane, 1, b, width, rows, here);
          multiplyPatches(width, strip, offsetsOf(geometry), depth, basesOf(geometry) + bytes(start), rows, b, out);
        }
      }
    }
  }
}

/**
 * dw[g outputs + panel p + j, k] = sum over chunks of sums[chunk, g, p, k, j], in the order of the chunks: sums
 * are those of `kernelGradient`. Workers share groups, panels and runs of k.
 */
export function sumKernelGradient(
  sums: usize, dw: usize, chunks: i32, groups: i32, outputs: i32, depth: i32, panel: i32, part: i32, parts: i32,
): void {
  const count = (outputs + panel - 1) / panel;
  const runs = (depth + CONVOLUTION_BLOCK - 1) / CONVOLUTION_BLOCK;
  const floats = panel * (depth + SPARE_ROWS);
  const end = rowShare(groups * count * runs, part + 1, parts);
  for (let item = rowShare(groups * count * runs, part, parts); item < end; item++) {
    const k = (item % runs) * CONVOLUTION_BLOCK;
    const place = item / runs;
    const first = (place % count) * panel;
    const here = min(panel, outputs - first);
    const width = panelWidth(panel, here);
    const rows = min(CONVOLUTION_BLOCK, depth - k);
    const total = sums + bytes(place * floats + k * width);
    for (let chunk = 1; chunk < chunks; chunk++) {
      const added = total + bytes(chunk * groups * count * floats);
      for (let i = 0; i < rows * width; i += TURN) {
        const low = v128.load(total + bytes(i));
        const high = v128.load(total + bytes(i), 16);
        const lowAdded = v128.load(added + bytes(i));
        const highAdded = v128.load(added + bytes(i), 16);
        v128.store(total + bytes(i), f32x4.add(low, lowAdded));
        v128.store(total + bytes(i), f32x4.add(high, highAdded), 16);
      }
    }
    const row = (place / count) * outputs + first;
    transposeBlock(total, width, 1, dw + bytes(row * depth + k), depth, here, rows);
  }
}
