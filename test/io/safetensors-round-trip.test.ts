/** Random records are the same bits after they were written and read, in every dtype. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Tensor } from "../../src/base/tensor.ts";
import { fromBfloat16, fromFloat16 } from "../../src/files/safetensors/half.ts";
import {
  type WrittenDtype,
  readSafetensors,
  readSafetensorsHeader,
  toSafetensors,
  writeSafetensors,
} from "../../src/io/index.ts";
import { draws, fileOf, scratch } from "../files/support.ts";
import { bitsOf } from "./fixtures.ts";

type Draw = (below: number) => number;
const WRITTEN = ["F32", "F16", "BF16", "I32", "I64"] as const;
const LETTERS = ["a", ".", "/", '"', "\\", "\n", "\u0000", "é", "\u2028", "🧊", " ", "_"];

function word(draw: Draw): number {
  const exponents = [draw(2 ** 16) << 16, 0x7f800000, 0x80000000 | 0, 0, 0x00000001, 0x7fc00001];
  return (draw(4) === 0 ? (exponents[draw(exponents.length)] ?? 0) : draw(2 ** 16) << 16) ^ draw(2 ** 16);
}

/** Random bits that the dtype can hold. */
function numbersOf(draw: Draw, dtype: WrittenDtype, size: number): Tensor["data"] {
  const bits = Uint32Array.from({ length: size }, () => word(draw));
  if (dtype.startsWith("I")) return new Int32Array(bits.buffer);
  // Infinity and NaN are kept; finite bits of F16 and BF16 fit by themselves.
  const halves = Uint16Array.from(bits, (each) => each >>> 16);
  if (dtype === "F16") fromFloat16(halves, bits);
  if (dtype === "BF16") fromBfloat16(halves, bits);
  return new Float32Array(bits.buffer);
}

function randomRecord(draw: Draw): { record: Record<string, Tensor>; dtypes: Map<string, WrittenDtype> } {
  const dtypes = new Map<string, WrittenDtype>();
  const tensors = Array.from({ length: draw(6) }, (_, i) => {
    const name = `${Array.from({ length: draw(5) }, () => LETTERS[draw(LETTERS.length)]).join("")}${i}`;
    const dtype = WRITTEN[draw(WRITTEN.length)] ?? "F32";
    const shape = Array.from({ length: draw(4) }, () => draw(5));
    const data = numbersOf(
      draw,
      dtype,
      shape.reduce((size, extent) => size * extent, 1),
    );
    dtypes.set(name, dtype);
    const made = data instanceof Float32Array ? new Tensor(shape, "float32", data) : new Tensor(shape, "int32", data);
    return [name, made] as const;
  });
  return { record: Object.fromEntries(tensors), dtypes };
}

test("what is written in F32, F16, BF16, I32 and I64 is read as the same bits", async () => {
  const draw = draws(3);
  const path = join(scratch(), "x.safetensors");
  for (let i = 0; i < 300; i++) {
    const { record, dtypes } = randomRecord(draw);
    const metadata = Object.fromEntries(Object.keys(record).map((name) => [name, name]));
    const options = { metadata, dtype: (name: string) => dtypes.get(name) };
    const bytes = toSafetensors(record, options);
    expect(bitsOf(await readSafetensors(bytes))).toEqual(bitsOf(record));
    const header = await readSafetensorsHeader(bytes);
    expect(header.metadata).toEqual(metadata);
    for (const [name, dtype] of dtypes) expect(header.tensors[name]?.dtype).toBe(dtype);
    if (i % 10 > 0) continue;
    await writeSafetensors(path, record, options);
    expect(bitsOf(await readSafetensors(path))).toEqual(bitsOf(record));
    expect(bitsOf(await readSafetensors(new Blob([bytes])))).toEqual(bitsOf(record));
  }
});

/** The typed array of a dtype: what is read of random bytes must be what it holds. */
const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

test.each(Object.keys(arrays) as (keyof typeof arrays)[])("%s is read as a typed array reads it", async (dtype) => {
  const draw = draws(4);
  const { BYTES_PER_ELEMENT: width } = arrays[dtype];
  for (let i = 0; i < 50; i++) {
    const size = draw(20);
    const bytes = Uint8Array.from({ length: size * width }, (_, at) => {
      // Such that most numbers fit: small ones where others do not.
      if (dtype === "BOOL") return draw(2);
      if (dtype === "U32" || dtype === "U64" || dtype === "I64") return at % width < 3 ? draw(256) : 0;
      return dtype === "F64" && at % 8 === 7 ? 0x3f : draw(256);
    });
    const values = new arrays[dtype](bytes.buffer);
    const file = fileOf({ x: { dtype, shape: [size], data_offsets: [0, bytes.length] } }, bytes);
    const { x } = await readSafetensors(file);
    expect(x?.dtype).toBe(dtype.startsWith("F") ? "float32" : "int32");
    const asRead = dtype.startsWith("F") ? Float32Array.from(values, Number) : Int32Array.from(values, Number);
    expect(x?.data).toEqual(asRead);
  }
});
