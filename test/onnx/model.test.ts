import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { ATTRIBUTE, DATA, type ModelProto, readModel, readTensorProto, writeModel } from "../../src/onnx/model.ts";

/**
 * Written by python3-onnx 1.12: `Slice` with axes [0], starts [-2] and ends [2^63 - 1], then `Gemm` with alpha 0.5 and transB 1,
 * over x ["batch", 2] and W [[1.5, -2]].
 */
const FILE = fromHex(
  `0808120c707974686f6e332d6f6e6e783ac4010a4a0a01781201791a016e2205536c6963652a0b0a04617865734000a001072a130a04656e
   647340ffffffffffffffff7fa001072a160a0673746172747340feffffffffffffffff01a001070a2f0a01790a015712017a220447656d6d
   2a0f0a05616c706861150000003fa001012a0d0a067472616e73421801a001021201672a1308010802100122080000c03f000000c0420157
   5a180a017812130a110801120d0a07120562617463680a02080262130a017a120e0a0c080112080a0208020a02080142040a001009`,
);

const dims = (dim: readonly { dimValue?: number; dimParam?: string }[]) => ({
  tensorType: { elemType: 1, shape: { dim } },
});

const MODEL: ModelProto = {
  irVersion: 8,
  producerName: "python3-onnx",
  graph: {
    node: [
      {
        input: ["x"],
        output: ["y"],
        name: "n",
        opType: "Slice",
        attribute: [
          { name: "axes", ints: [0], type: ATTRIBUTE.INTS },
          { name: "ends", ints: [2 ** 63], type: ATTRIBUTE.INTS },
          { name: "starts", ints: [-2], type: ATTRIBUTE.INTS },
        ],
      },
      {
        input: ["y", "W"],
        output: ["z"],
        opType: "Gemm",
        attribute: [
          { name: "alpha", f: 0.5, type: ATTRIBUTE.FLOAT },
          { name: "transB", i: 1, type: ATTRIBUTE.INT },
        ],
      },
    ],
    name: "g",
    initializer: [{ name: "W", dims: [1, 2], dataType: DATA.FLOAT, floatData: [1.5, -2] }],
    input: [{ name: "x", type: dims([{ dimParam: "batch" }, { dimValue: 2 }]) }],
    output: [{ name: "z", type: dims([{ dimValue: 2 }, { dimValue: 1 }]) }],
  },
  opsetImport: [{ domain: "", version: 9 }],
};

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A field of wire type 2. */
function field(number: number, ...inner: readonly number[]): number[] {
  return [(number << 3) | 2, inner.length, ...inner];
}

function outcomeOf(use: () => unknown): string {
  try {
    use();
    return "read";
  } catch (error) {
    return error instanceof Error ? error.name : "thrown";
  }
}

const read = (...bytes: readonly number[]): ModelProto => readModel("f", Uint8Array.from(bytes));

test("a file of python3-onnx is read, and written with the same bytes", () => {
  expect(readModel("f", FILE)).toEqual(MODEL);
  expect(writeModel(MODEL)).toEqual(FILE);
});

test("numbers keep 64 bits where float64 does", () => {
  const values = [0, 1, -1, 127, 128, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53, -(2 ** 63)];
  const model = { graph: { initializer: [{ dims: [10], int64Data: values, uint64Data: [2 ** 53 - 1] }] } };
  expect(readModel("f", writeModel(model))).toEqual(model);
  expect(read(0x08, ...Array(9).fill(0xff), 0x01)).toEqual({ irVersion: -1 });
});

test("lists of numbers are read packed and with a tag each", () => {
  const bytes = Uint8Array.from([0x08, 2, ...field(1, 3, 0x80, 1), 0x25, 0, 0, 0x80, 0x3f, ...field(4, 0, 0, 0, 0x40)]);
  expect(readTensorProto("f", bytes)).toEqual({ dims: [2, 3, 128], floatData: [1, 2] });
});

test("long arrays, short ones and absent fields survive", () => {
  const rawData = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const stringData = [Uint8Array.of(), Uint8Array.of(0xff)];
  const model: ModelProto = { graph: { initializer: [{ rawData }, {}, { stringData }] }, docString: "é" };
  expect(readModel("f", writeModel(model))).toEqual(model);
  expect(read()).toEqual({});
});

test("fields of other numbers are skipped", () => {
  const unknown = [0xf8, 0x07, 0x80, 1, 0xf9, 7, ...Array(8).fill(1), 0xfa, 7, 1, 9, 0xfd, 7, 1, 1, 1, 1];
  expect(read(...unknown, 0x08, 8, ...unknown)).toEqual({ irVersion: 8 });
});

describe("refused", () => {
  test("a file cut off, wherever a field is cut", () => {
    const outcomes = Array.from(FILE, (_, end) => outcomeOf(() => readModel("f", FILE.subarray(0, end))));
    // Readable only between the fields of the model: before the first, and after ir_version, producer_name and graph.
    expect(outcomes.filter((outcome) => outcome === "read")).toHaveLength(4);
    expect(new Set(outcomes)).toEqual(new Set(["read", "FormatError"]));
  });

  const nested = (depth: number): number[] => {
    let bytes: number[] = [];
    for (let i = 0; i < depth; i++) {
      const lengthOf = (length: number): number[] => (length < 128 ? [length] : [(length & 127) | 128, length >> 7]);
      for (const tag of [0x32, 0x2a, 0x0a]) bytes = [tag, ...lengthOf(bytes.length), ...bytes];
    }
    return [0x3a, ...(bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]), ...bytes];
  };

  test("graphs within graphs beyond 100 messages", () => {
    expect(() => read(...nested(33))).not.toThrow();
    expect(() => read(...nested(34))).toThrow("at most 100 messages must be nested");
  });

  test.each([
    ["a field 0", [0x00, 1], "fields must have numbers from 1; got 0 at byte 0"],
    ["a group", [0xfb, 7], "the wire type must be 0, 1, 2 or 5; got 3 before byte 2"],
    ["a number for a message", [0x38, 1], "the wire type must be 2 in field 7; got 0 before byte 1"],
    ["text for a number", [0x0a, 1, 1], "the wire type must be 0 in field 1; got 2 before byte 1"],
    ["a number of eleven bytes", [0x08, ...Array(10).fill(0xff), 1], "numbers must have at most ten bytes"],
    ["a length of 2^32", [0x12, 0x80, 0x80, 0x80, 0x80, 0x10], "tags and lengths must be below 2^32"],
    [
      "a length of 2^32 - 1",
      [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f],
      "the message must have 4294967295 bytes more at byte 6; got 0",
    ],
    [
      "a length beyond the message around it",
      [...field(7, 0x12, 5, 1), 1, 1, 1, 1],
      "must have 5 bytes more at byte 4; got 1",
    ],
    ["text that is not UTF-8", [0x12, 1, 0xff], "text must be UTF-8; got other bytes at byte 1"],
  ])("%s", (_, bytes, message) => {
    expect(() => read(...bytes)).toThrow(FormatError);
    expect(() => read(...bytes)).toThrow(message);
  });
});
