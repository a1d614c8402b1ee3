import { NARROW_PANEL } from "#kernels/contract";
import type { Operand } from "../graph/operand.ts";
import { isView, viewOffset } from "../graph/view.ts";
import { Variable } from "../memory/variable.ts";
import type { CachedConstant } from "../runtime/cached-constant.ts";
import type { Program } from "../runtime/program.ts";
import { Block, Room } from "./room.ts";
import type { KernelModule } from "./wasm/kernel-module.ts";
import { type KernelCall, link } from "./wasm/link.ts";

/** What the module that computes constants exports. */
interface Folding {
  readonly run: () => void;
  readonly memory: WebAssembly.Memory;
}

/** The numbers of a variable. */
export function bytesOf(variable: Variable<"float32" | "int32">): Uint8Array {
  return new Uint8Array(variable.read().slice().buffer);
}

/**
 * The bytes of the cached constants of programs, such as packed weights, computed by a linked module. Panels are as wide as
 * engines without wide mode want them: the same weights give the same file on every machine.
 * @param start bytes of memory that kernels use themselves
 */
export function foldedConstants(
  kernels: KernelModule,
  programs: readonly Program[],
  start: number,
): Map<CachedConstant, Uint8Array> {
  const room = new Room(start);
  const blocks = new Map<Variable | CachedConstant, Block>();
  const addressOf = (thing: Variable | CachedConstant, bytes: number): number => {
    const block = blocks.get(thing) ?? new Block(room, bytes);
    blocks.set(thing, block);
    return block.address;
  };
  const run: KernelCall[] = [];
  const computed = new Map<CachedConstant, Operand>();
  for (const { constantOf } of programs) {
    const address = (operand: Operand): number => {
      const constant = constantOf.get(operand);
      if (constant) return addressOf(constant, constant.bytes);
      if (operand instanceof Variable) return addressOf(operand, operand.size * 4);
      const [viewed] = operand.inputs;
      if (viewed && isView(operand)) return address(viewed) + viewOffset(operand);
      throw new Error(`exportWasm: constants must depend on variables alone; got ${operand}`);
    };
    for (const [operand, constant] of constantOf) {
      if (blocks.has(constant)) continue; // of the program before
      addressOf(constant, constant.bytes);
      computed.set(constant, operand);
      for (const { kernel, arguments: given } of callsOf(operand)) {
        run.push({ kernel, values: given.map((each) => (typeof each === "number" ? each : address(each))) });
      }
    }
  }
  if (run.length === 0) return new Map();
  const data = [...blocks].flatMap(([each, { address }]) =>
    each instanceof Variable ? [{ address, bytes: bytesOf(each) }] : [],
  );
  const { wasm } = link(kernels, { functions: { run }, globals: {}, data, memory: room.end });
  if (!WebAssembly.validate(wasm)) {
    throw new Error(
      `exportWasm: constants of this model must be computed with relaxed SIMD, as Node 22 has it, or the file have kernels: "strict"; got an engine without it`,
    );
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const folding = exports as unknown as Folding;
  folding.run();
  for (const [constant, operand] of computed) {
    const words = new Int32Array(folding.memory.buffer, addressOf(constant, constant.bytes), operand.size);
    operand.rule.check?.(words, operand);
  }
  return new Map(
    [...blocks].flatMap(([each, { address, bytes }]) =>
      each instanceof Variable ? [] : [[each, new Uint8Array(folding.memory.buffer, address, bytes)] as const],
    ),
  );
}

function callsOf(operand: Operand): ReturnType<Operand["rule"]["calls"]> {
  return operand.rule.calls(operand, { workspace: operand, panelWidth: NARROW_PANEL, aliases: () => false });
}
