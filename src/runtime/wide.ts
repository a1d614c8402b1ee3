import { NARROW_PANEL, WIDE_PANEL } from "#kernels/contract";
import { platform } from "#platform";
import type { Kernels } from "../graph/kernels.ts";
import { allocate, floatsAt, release } from "../memory/memory.ts";

const PAIRING_SINCE = 24; // the first Node whose V8 pairs well
const PAIRING_UNTIL = 26; // the last that was tried: where V8 pairs wrongly it may end the process, which no test inside can catch

/** Sets the V8 flag that pairs 128-bit operations in code compiled later. Returns the reason why it cannot, or "". */
export function enableWide(): string {
  const { name, v8 } = platform;
  if (v8 && v8.arch !== "x64") return `V8 pairs operations on x64 only, this is ${v8.arch}`;
  if (!v8 || v8.node < PAIRING_SINCE || v8.node > PAIRING_UNTIL) {
    return `pairing was tested with Node ${PAIRING_SINCE} to ${PAIRING_UNTIL}, this is ${name}`;
  }
  v8.setFlag("--experimental-wasm-revectorize");
  return "";
}

/** The same module with an empty custom section, so that V8 compiles it again instead of reusing earlier code. */
export function marked(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const section = [0, 5, 4, ...Array.from("wide", (letter) => letter.charCodeAt(0))];
  return Uint8Array.from([...bytes, ...section]);
}

const SIDE = 96; // rows and columns of the matrices of the self-test
const WARM_UP = 60; // ms in which V8 optimizes the kernels where nothing else runs
const PATIENCE = 500; // ms after which wide tiles that were not yet faster are given up
const GAIN = 1.15; // smaller gains are within the noise of the clock

/** Compares the results of paired kernels with code that pairing leaves alone, and times wide tiles against narrow ones. Returns what is wrong, or "". */
export function selfTest(kernels: Kernels): string {
  const floats = SIDE * SIDE;
  const bytes = floats * 4;
  const address = allocate(7 * bytes);
  try {
    const at = (i: number): number => address + i * bytes;
    const [a, b, out, expected, panels, workspace] = [at(0), at(1), at(2), at(3), at(4), at(6)];
    // Small fractions, so that sums of products are exact and every order of adding gives the same bits.
    floatsAt(a, 2 * floats).forEach((_, i, all) => (all[i] = ((i * 37) % 31) / 8 - 2));
    const multiply = (width: number): void => {
      kernels.packPanels(b, 1, SIDE, panels, SIDE, SIDE, width, 0, 1);
      kernels.matmulPanels(a, SIDE, panels, out, SIDE, SIDE, SIDE, workspace, width, 0, 1);
    };
    const timeOf = (width: number): number => {
      const before = performance.now();
      multiply(width);
      return performance.now() - before;
    };
    const activate = (from: number, length: number): void => kernels.tanh(from, out, length, 0, 1);
    // Other work on the machine only adds time and delays V8, so the minimum of each counts.
    const began = performance.now();
    let [narrow, wide, passed] = [Infinity, Infinity, 0];
    do {
      activate(a, floats);
      narrow = Math.min(narrow, timeOf(NARROW_PANEL));
      wide = Math.min(wide, timeOf(WIDE_PANEL));
      passed = performance.now() - began;
    } while (passed < WARM_UP || (narrow / wide < GAIN && passed < PATIENCE));
    if (narrow / wide < GAIN) {
      return `the self-test ran ${(narrow / wide).toFixed(2)} times as fast with it, which is no gain`;
    }
    kernels.matmulReference(a, SIDE, 1, b, 1, SIDE, expected, SIDE, SIDE, SIDE, 0, 1);
    multiply(WIDE_PANEL);
    if (!sameBits(out, expected, floats)) return "the self-test's products are not those of plain loops";
    activate(a, floats);
    floatsAt(expected, floats).set(floatsAt(out, floats));
    for (let i = 0; i < floats; i++) kernels.tanh(a + 4 * i, out + 4 * i, 1, 0, 1);
    if (!sameBits(out, expected, floats)) return "the self-test's activations are not those of single numbers";
    return "";
  } finally {
    release(address, 7 * bytes);
  }
}

function sameBits(x: number, y: number, count: number): boolean {
  const [a, b] = [floatsAt(x, count), floatsAt(y, count)];
  return a.every((value, i) => Object.is(value, b[i]));
}
