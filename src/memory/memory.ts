/** The one memory that all kernels work on: allocated blocks, and a scratch area that programs use in turn. */

import { LINE } from "#kernels/contract";
import { platform } from "#platform";
import type { Dtype, Numbers } from "../base/tensor.ts";

const PAGE = 65_536; // bytes
const MOST_PAGES = 65_536; // 4 GB, all that 32-bit addresses reach
const MOST_BYTES = MOST_PAGES * PAGE;
const LINE_BYTES = 4 * LINE; // blocks never share a cache line

interface Gap {
  address: number;
  bytes: number;
}

if (typeof WebAssembly !== "object") {
  throw new Error(`lanegrad: WebAssembly must be there; got none from ${platform.name} (--jitless takes it away)`);
}

/** Whether threads can share the memory; where an engine has no shared memory, there is one thread. */
export const isShared = platform.startWorker !== undefined && typeof SharedArrayBuffer === "function";
const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: isShared });
/** Free memory by address; no two gaps adjoin. The first page holds the kernels' own constants. */
const gaps: Gap[] = [];
let scratch: Gap = { address: PAGE, bytes: 0 };
let moves = 0;
/** Releases blocks without owners; see `onShortage`. */
let reclaim: () => void = () => {};
const LEAST_PATIENCE = 256 * 2 ** 20; // bytes
/** Bytes in use beyond which `reclaim` is called before memory grows. */
let patience = LEAST_PATIENCE;
let views = viewsOf(memory.buffer);

function viewsOf(buffer: ArrayBufferLike): { float32: Float32Array; int32: Int32Array } {
  return { float32: new Float32Array(buffer), int32: new Int32Array(buffer) };
}

/** Rounds up to whole cache lines. */
export function wholeLines(bytes: number): number {
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
}

/** The memory that kernels import. */
export function kernelMemory(): WebAssembly.Memory {
  return memory;
}

/** All of memory as floats. Call it again after an allocation: growth replaces the array. */
export function floats(): Float32Array {
  return views.float32;
}

/** All of memory as 32-bit integers. Call it again after an allocation. */
export function integers(): Int32Array {
  return views.int32;
}

/** `count` floats from an address on, as a view. */
export function floatsAt(address: number, count: number): Float32Array {
  return views.float32.subarray(address / 4, address / 4 + count);
}

/** `count` 32-bit integers from an address on, as a view. */
export function integersAt(address: number, count: number): Int32Array {
  return views.int32.subarray(address / 4, address / 4 + count);
}

/** `count` numbers of a dtype from an address on, as a view. */
export function numbersAt<D extends Dtype>(dtype: D, address: number, count: number): Numbers[D];
export function numbersAt(dtype: Dtype, address: number, count: number): Numbers[Dtype] {
  return dtype === "float32" ? floatsAt(address, count) : integersAt(address, count);
}

/** Counts how often addresses changed: a program that was bound in an earlier epoch binds again. */
export function addressEpoch(): number {
  return moves;
}

/**
 * Sets the function that is called before memory grows by much, and before a request beyond 4 GB is refused. It should release
 * blocks that nobody uses, without allocating. It is called each time that the memory in use has doubled.
 */
export function onShortage(work: () => void): void {
  reclaim = work;
}

/** Begins a new epoch of addresses, after an operand moved. */
export function addressesChanged(): void {
  moves++;
}

/** Bytes of kernel memory allocated from the system, and how many of them are free. */
export function memoryUse(): { readonly total: number; readonly free: number } {
  return { total: memory.buffer.byteLength, free: memory.buffer.byteLength - bytesInUse() };
}

/**
 * Allocates `bytes` bytes, zeroed, and returns their address.
 * @throws RangeError when bytes is not a whole number of at least 0, or memory would pass 4 GB
 */
export function allocate(bytes: number): number {
  if (!(Number.isInteger(bytes) && bytes >= 0)) {
    throw new RangeError(`memory: bytes must be a whole number of at least 0; got ${bytes}`);
  }
  const address = take(wholeLines(bytes));
  views.int32.fill(0, address / 4, (address + wholeLines(bytes)) / 4);
  return address;
}

/** Releases a block that `allocate` returned. */
export function release(address: number, bytes: number): void {
  const end = address + wholeLines(bytes);
  if (end === address) return;
  let index = gaps.findIndex((gap) => gap.address > address);
  if (index < 0) index = gaps.length;
  const before = gaps[index - 1];
  const after = gaps[index];
  const joinsBefore = before && before.address + before.bytes === address;
  const joinsAfter = after && after.address === end;
  const gap = {
    address: joinsBefore ? before.address : address,
    bytes: (joinsAfter ? after.address + after.bytes : end) - (joinsBefore ? before.address : address),
  };
  gaps.splice(joinsBefore ? index - 1 : index, (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), gap);
}

/** The address of the scratch area, at least `bytes` long. Its contents are valid until the next program runs. */
export function scratchFor(bytes: number): number {
  if (bytes > scratch.bytes) {
    const former = scratch;
    release(former.address, former.bytes);
    scratch = { address: PAGE, bytes: 0 };
    moves++;
    try {
      scratch = { address: take(wholeLines(bytes)), bytes: wholeLines(bytes) };
    } catch (error) {
      scratch = { address: take(former.bytes), bytes: former.bytes };
      throw error;
    }
  }
  return scratch.address;
}

/** Abandons the scratch area, to which a lost thread may still write; the next program gets another. */
export function abandonScratch(): void {
  scratch = { address: PAGE, bytes: 0 };
  moves++;
}

function take(bytes: number): number {
  if (bytes > MOST_BYTES) throw outOfReach(bytes);
  const gap = gapOf(bytes) ?? reclaimed(bytes) ?? grow(bytes);
  const { address } = gap;
  gap.address += bytes;
  gap.bytes -= bytes;
  if (gap.bytes === 0) gaps.splice(gaps.indexOf(gap), 1);
  return address;
}

function gapOf(bytes: number): Gap | undefined {
  return gaps.find((each) => each.bytes >= bytes);
}

/** A gap after a call of `reclaim`; undefined without one, or if too little was allocated since the last call. */
function reclaimed(bytes: number): Gap | undefined {
  const isLast = bytesInUse() + bytes > MOST_BYTES - 2 * LINE_BYTES;
  if (bytesInUse() < patience && !isLast) return undefined;
  reclaim();
  patience = Math.max(LEAST_PATIENCE, 2 * bytesInUse());
  return gapOf(bytes);
}

function bytesInUse(): number {
  return memory.buffer.byteLength - gaps.reduce((sum, gap) => sum + gap.bytes, 0);
}

/**
 * Adds pages until there is a gap of `bytes` at the end. The last line of memory is never allocated: a kernel may read
 * whole lanes at the end of a matrix.
 */
function grow(bytes: number): Gap {
  const pages = memory.buffer.byteLength / PAGE;
  const end = pages * PAGE - LINE_BYTES;
  const last = gaps.at(-1);
  const tail = last && last.address + last.bytes === end ? last.bytes : 0;
  const missing = Math.ceil((end - tail + bytes + LINE_BYTES) / PAGE) - pages;
  if (pages + missing > MOST_PAGES) throw outOfReach(bytes);
  // By a quarter at least, so that many small requests do not grow memory one by one.
  const wanted = Math.min(MOST_PAGES - pages, Math.max(missing, Math.ceil(pages / 4)));
  try {
    memory.grow(wanted);
  } catch {
    throw new RangeError(
      `memory: the system must have room for ${megabytes(wanted * PAGE)} more; got refused (${ADVICE})`,
    );
  }
  views = viewsOf(memory.buffer);
  // Memory that is not shared gets another buffer when it grows, and views of the old buffer become empty.
  if (!isShared) moves++;
  release(end, (pages + wanted) * PAGE - LINE_BYTES - end);
  const grown = gaps.at(-1);
  if (!grown) throw new RangeError("memory: growing must leave a gap; got none");
  return grown;
}

const ADVICE =
  "drop models, trainers and compiled functions that are no longer needed; outside Node let the event loop turn, so that the engine frees them";

function outOfReach(bytes: number): RangeError {
  return new RangeError(
    `memory: kernels reach 4 GB in all; got a request for ${megabytes(bytes)} with ${megabytes(bytesInUse())} in use (${ADVICE})`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
