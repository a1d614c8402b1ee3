import { describe, expect, test } from "vitest";
import { binaryOf } from "../../../src/runtime/binaries.ts";
import { float, joined, signed, unsigned } from "../../../src/export/wasm/bytes.ts";
import { callsIn } from "../../../src/export/wasm/instructions.ts";
import { readKernels } from "../../../src/export/wasm/kernel-module.ts";
import { type Linked, link } from "../../../src/export/wasm/link.ts";
import { Reader } from "../../../src/export/wasm/reader.ts";

const NOTHING: Linked = { functions: {}, globals: {}, data: [], memory: 0 };

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly run: () => void;
}

function instance(wasm: Uint8Array<ArrayBuffer>): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
}

test.each([0, 1, 63, 64, 127, 128, 129, 8191, 8192, 2 ** 31 - 1, 2 ** 32 - 1])(
  "%i is read as it was written",
  (value) => {
    expect(new Reader(Uint8Array.from(unsigned(value))).unsigned()).toBe(value);
    for (const each of [value | 0, -value | 0]) expect(new Reader(Uint8Array.from(signed(each))).signed()).toBe(each);
  },
);

test("floats are little-endian, NaN and infinity among them", () => {
  expect([...float(1, 32)]).toEqual([0, 0, 0x80, 0x3f]);
  expect([...float(-Infinity, 64)]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0xff]);
});

describe.each(["strict", "relaxed"] as const)("%s kernels", (build) => {
  const kernels = readKernels(binaryOf(build));

  test("are read whole: every call in every function is of a function of the module", () => {
    expect(kernels.functions.length).toBeGreaterThan(200);
    expect(kernels.kernels.size).toBeGreaterThan(150);
    const callees = kernels.functions.flatMap(({ body }) => callsIn(body).map(({ callee }) => callee));
    expect(callees.length).toBeGreaterThan(100);
    expect(Math.max(...callees)).toBeLessThan(kernels.functions.length);
    for (const { body } of kernels.functions) expect(body.at(-1)).toBe(0x0b);
  });

  test("are all linked into one module that compiles, each with its whole code", () => {
    const all = [...kernels.kernels].map(([kernel, index]) => {
      const { parameters } = kernels.functions[index] ?? { parameters: "" };
      return { kernel, values: Array<number>(parameters.length).fill(0) };
    });
    const { wasm, functions, codeBytes } = link(kernels, { ...NOTHING, functions: { run: all } });
    expect(functions).toBe(kernels.functions.length);
    const whole = kernels.functions.reduce((sum, { body }) => sum + body.length, 0);
    expect(codeBytes).toBeGreaterThan(whole);
    expect(WebAssembly.validate(wasm)).toBe(WebAssembly.validate(binaryOf(build)));
  });
});

test("only what is reached is linked, and runs on the module's own memory", () => {
  const kernels = readKernels(binaryOf("strict"));
  const floats = Float32Array.of(1, -2, 3, -4, 5);
  const { wasm, functions } = link(kernels, {
    functions: {
      run: [
        { kernel: "relu", values: [4096, 8192, 5] },
        { copy: 8192, to: 12288, bytes: 20 },
        { clear: 8192, bytes: 8 },
      ],
    },
    globals: { input: 4096, low: -1 },
    data: [{ address: 4096, bytes: new Uint8Array(floats.buffer) }],
    memory: 70_000,
    custom: { told: "grüße" },
  });
  expect(functions).toBeLessThan(5);
  const module = new WebAssembly.Module(wasm);
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  expect(new TextDecoder().decode(WebAssembly.Module.customSections(module, "told")[0])).toBe("grüße");
  const exports = instance(wasm);
  expect(Object.keys(exports)).toEqual(["memory", "run", "input", "low"]);
  exports.run();
  const read = (at: number): number[] => [...new Float32Array(exports.memory.buffer, at, 5)];
  expect(read(8192)).toEqual([0, 0, 3, 0, 5]);
  expect(read(12288)).toEqual([1, 0, 3, 0, 5]);
  expect(exports.memory.buffer.byteLength).toBe(2 * 65536);
});

test("a call with a wrong number of arguments, or of no kernel, is refused", () => {
  const kernels = readKernels(binaryOf("strict"));
  const linked = (kernel: string, values: readonly number[]) => () =>
    link(kernels, { ...NOTHING, functions: { run: [{ kernel, values }] } });
  expect(linked("relu", [0])).toThrow("relu must be given 5 numbers; got 1");
  expect(linked("nothing", [])).toThrow("got nothing");
});

test("pieces are joined in order", () => {
  expect([...joined([1, [2, Uint8Array.of(3, 4)], [[5]]])]).toEqual([1, 2, 3, 4, 5]);
});
