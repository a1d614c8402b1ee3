/** A worker thread that runs its part of programs. The build bundles this file into a string that `platform/node.ts` starts. */
import { nextMessage, start } from "../platform/node-worker.ts";
import type { Kernels } from "../graph/kernels.ts";
import { CONTROL, type ProgramMessage, SPINS, type WorkerStart, bindKernel, bindSchedule } from "./protocol.ts";

const { module, memory, control, part } = start as WorkerStart;
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
const words = new Int32Array(memory.buffer, control);
const programs = new Map<number, ProgramMessage["calls"]>();
const bound = new Map<string, (() => void)[]>();

function receive(): void {
  for (let next = nextMessage(); next; next = nextMessage()) {
    const { id, calls } = next as ProgramMessage;
    for (const key of bound.keys()) if (key.startsWith(`${id} `)) bound.delete(key);
    if (calls) programs.set(id, calls);
    else programs.delete(id);
  }
}

/** The calls of program `id` for `parts` threads, bound to this thread's part. */
function bind(id: number, parts: number): (() => void)[] {
  receive();
  const gate = control + CONTROL.gate * 4;
  const calls = bindSchedule(programs.get(id) ?? [], memory, (call) => {
    if (call === "barrier") return () => void kernels.barrier(gate, SPINS, -1, part, parts);
    return bindKernel(kernels[call.kernel], call.values, part, parts);
  });
  bound.set(`${id} ${parts}`, calls);
  return calls;
}

let seen = Atomics.load(words, CONTROL.order);
Atomics.add(words, CONTROL.ready, 1);
for (;;) {
  seen = kernels.awaitChange(control + CONTROL.order * 4, seen, SPINS);
  const parts = Atomics.load(words, CONTROL.parts);
  if (part >= parts) continue;
  const id = Atomics.load(words, CONTROL.program);
  for (const run of bound.get(`${id} ${parts}`) ?? bind(id, parts)) run();
}
