/** A worker thread that runs its part of programs. The build bundles this file into a string that the platform starts. */
import type { Kernels } from "../graph/kernels.ts";
import { whenStarted } from "#platform/worker";
import { CONTROL, SPINS, type WorkerStart, bindKernel, bindSchedule, decoded } from "./protocol.ts";

/** Programs whose calls stay bound; the least recently used one is read again when it runs. */
const MOST_PROGRAMS = 512;

whenStarted((start) => work(start as WorkerStart));

function work({ module, memory, control, part }: WorkerStart): void {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const names = Object.keys(kernels);
  const words = new Int32Array(memory.buffer, control);
  const gate = control + CONTROL.gate * 4;
  const bound = new Map<string, (() => void)[]>();

  /** The calls of the program in the control block for `parts` threads, bound to this thread's part. */
  const bind = (parts: number): (() => void)[] => {
    const address = Atomics.load(words, CONTROL.address) >>> 0;
    const numbers = new Float64Array(memory.buffer, address, Atomics.load(words, CONTROL.length));
    return bindSchedule(decoded(numbers, names), memory, (call) => {
      if (call === "barrier") return () => void kernels.barrier(gate, SPINS, -1, part, parts);
      return bindKernel(kernels[call.kernel], call.values, part, parts);
    });
  };

  let seen = Atomics.load(words, CONTROL.order);
  Atomics.add(words, CONTROL.ready, 1);
  for (;;) {
    seen = kernels.awaitChange(control + CONTROL.order * 4, seen, SPINS);
    const parts = Atomics.load(words, CONTROL.parts);
    if (part >= parts) continue;
    const key = `${Atomics.load(words, CONTROL.program)} ${parts}`;
    const calls = bound.get(key) ?? bind(parts);
    bound.delete(key);
    bound.set(key, calls);
    if (bound.size > MOST_PROGRAMS) for (const [oldest] of [...bound].slice(0, 1)) bound.delete(oldest);
    for (const call of calls) call();
  }
}
