/** Files that NumPy 1.24 wrote (scripts/numpy-files.py), and files that NumPy would have written. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Tensor, tensor } from "../../src/index.ts";
import { readNpy, readNpz, toNpy, toNpz, writeNpy, writeNpz } from "../../src/io/index.ts";
import { fixture, json, refusal, revived } from "./foreign.ts";

interface Case {
  readonly name: string;
  /** Hexadecimal. */
  readonly bytes: string;
  readonly array: unknown;
  readonly why: string;
}

const directory = mkdtempSync(join(tmpdir(), "lanegrad-"));
afterAll(() => rmSync(directory, { recursive: true }));

const cases = (file: string): Case[] => json(`numpy/${file}.json`) as Case[];
const bytesOf = ({ bytes }: Case): Uint8Array => Uint8Array.from(Buffer.from(bytes, "hex"));

describe("readNpy", () => {
  test.each(cases("read"))("$name", async (given) => {
    expect(await readNpy(bytesOf(given))).toEqual(revived(given.array));
  });

  test.each(cases("refused"))("$name is refused", async (given) => {
    const error = await refusal(readNpy(bytesOf(given)));
    expect(error).toMatch(/^FormatError: readNpy: in "the given bytes": /);
    expect(error).toContain(given.why);
  });

  test("a byte of a bool that is neither 0 nor 1", async () => {
    const bytes = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", [1, 2]);
    expect(await refusal(readNpy(bytes))).toMatch("bool tensor of the file must be 0 or 1; got 2 at index 1");
  });

  const described = "'descr': '|u1', 'fortran_order': False, 'shape':";
  test.each([
    ["{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}", 2],
    [`{${described} (2L,)}`, 2], // of Python 2
    [`  { "descr" : "|u1" , "fortran_order" : True , "shape" : ( 1 , 2 , ) , }  \n`, 2],
    [`{${described} ()}`, 1],
  ])("the header %s", async (header, size) => {
    const bytes = npy(
      header,
      Array.from({ length: size }, () => 7),
    );
    expect([...(await readNpy(bytes)).data]).toEqual(Array.from({ length: size }, () => 7));
  });

  test.each([
    ["", "{ at 0"],
    [`{${described} (2)}`, "a comma at"],
    [`{${described} (-2,)}`, "a whole number at"],
    [`{${described} (2.0,)}`, "a whole number at"],
    [`{${described} (1e1,)}`, "a whole number at"],
    [`{${described} (2,,)}`, "a whole number at"],
    [`{${described} [2]}`, "a dtype of plain numbers"],
    [`{${described} __import__('os')}`, "a string, True, False or a tuple at"],
    [`{${described} (2,), 'more': True}`, "the header must have descr"],
    [`{${described} (2,), 'shape': (2,)}`, 'got "shape" twice'],
    [`{${described} (2,)} + {}`, "nothing behind it at"],
    [`{${described} (9007199254740993,)}`, "the shape must be of whole numbers"],
    [`{${described} (4294967296, 4294967296)}`, "the shape must be of whole numbers"],
    [`{${described} (${"1,".repeat(65)})}`, "at most 64 axes; got 65"],
    [`{${described} (3,)}`, "uint8 [3] must have 3 bytes behind the header; got 2"],
    [`{${described} (1,)}`, "uint8 [1] must have 1 bytes behind the header; got 2"],
    ["{'descr': '|f4', 'fortran_order': False, 'shape': ()}", 'got "|f4"'],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", "a string, True, False or a tuple at"],
    ["{'descr': '<f\\x34', 'fortran_order': False, 'shape': ()}", "a string, True, False or a tuple at"],
  ])("the header %s is refused", async (header, why) => {
    const error = await refusal(readNpy(npy(header, [1, 2])));
    expect(error).toMatch(/^FormatError: /);
    expect(error).toContain(why);
  });

  test("every cut is refused", async () => {
    const whole = toNpy(tensor([1, 2, 3]));
    for (let length = 0; length < whole.length; length++) {
      expect(await refusal(readNpy(whole.subarray(0, length)))).toMatch(/^FormatError: readNpy: /);
    }
  });

  test("a header of 65536 bytes, as version 2.0 can have, is refused", async () => {
    const bytes = new Uint8Array(2 ** 17);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 0, 0, 1, 0]);
    expect(await refusal(readNpy(bytes))).toMatch("must have at most 65535 bytes; got 65536");
  });

  test.each([
    [6, 4, "got 4.0"],
    [7, 1, "got 1.1"],
    [0, 0, "must begin with its magic string"],
    [9, 255, "must end within the file"],
  ])("byte %i as %i is refused", async (at, byte, why) => {
    const bytes = toNpy(tensor([1]));
    bytes[at] = byte;
    expect(await refusal(readNpy(bytes))).toContain(why);
  });
});

describe("toNpy and writeNpy write what np.save writes", () => {
  test.each(cases("written"))("$name", async (given) => {
    const array = revived(given.array) as Tensor;
    const path = join(directory, "written.npy");
    await writeNpy(path, array);
    expect(Buffer.from(toNpy(array)).toString("hex")).toBe(given.bytes);
    expect(readFileSync(path).toString("hex")).toBe(given.bytes);
  });

  test("a view of a larger array is written alone", async () => {
    const part = new Tensor([2], "float32", Float32Array.of(1, 2, 3, 4).subarray(1, 3));
    expect((await readNpy(toNpy(part))).toArray()).toEqual([2, 3]);
  });

  test("33 axes are refused", () => {
    const deep = new Tensor(
      Array.from({ length: 33 }, () => 1),
      "float32",
      new Float32Array(1),
    );
    expect(() => toNpy(deep)).toThrow("toNpy: NumPy's arrays must have at most 32 axes; got 33");
  });

  test("what is no tensor is refused", () => {
    expect(() => toNpy([1, 2] as never)).toThrow("toNpy: the value must be a tensor; got an array");
  });
});

describe("readNpz", () => {
  const expected = revived(json("numpy/archive.json"));

  test.each(["stored", "deflated"])("%s", async (file) => {
    expect(await readNpz(fixture(`numpy/${file}.npz`))).toEqual(expected);
  });

  test("only, rename", async () => {
    const options = {
      only: ["layer/bias", "weight"],
      rename: (name: string) => name.replace("/", ".").replace("weight", "w"),
    };
    expect(Object.keys(await readNpz(fixture("numpy/stored.npz"), options))).toEqual(["w", "layer.bias"]);
    expect(await refusal(readNpz(fixture("numpy/stored.npz"), { only: ["bias"] }))).toMatch(
      'FormatError: readNpz: in "the given bytes": there must be an entry "bias"; got weight, layer/bias, __proto__, größe',
    );
  });

  test("deflated arrays are bounded by maxBytes, those that are read", async () => {
    const file = fixture("numpy/deflated.npz");
    expect(await refusal(readNpz(file, { maxBytes: 2000 }))).toMatch(
      /must inflate to at most 2000 bytes \(maxBytes\); got \d{4}/,
    );
    expect(Object.keys(await readNpz(file, { maxBytes: 2000, only: ["weight"] }))).toEqual(["weight"]);
    expect(Object.keys(await readNpz(fixture("numpy/stored.npz"), { maxBytes: 0 }))).toHaveLength(4);
    expect(await refusal(readNpz(file, { maxBytes: NaN }))).toMatch(
      "RangeError: readNpz: maxBytes must be a whole number",
    );
  });

  test("other files in the archive are refused", async () => {
    expect(await refusal(readNpz(fixture("torch/tensor.pt")))).toMatch(
      'entries of .npz must be .npy files; got "tensor/data.pkl"',
    );
  });
});

describe("toNpz and writeNpz", () => {
  const record = {
    weight: tensor([
      [1, 2],
      [3, 4],
    ]),
    größe: tensor(Int32Array.of(7)),
    "5": tensor([], [0, 3]),
  };

  test("are read back", async () => {
    const path = join(directory, "written.npz");
    await writeNpz(path, record);
    expect(await readNpz(path)).toEqual(record);
    expect(new Uint8Array(readFileSync(path))).toEqual(toNpz(record));
  });

  test("hold what toNpy gives, stored", () => {
    const bytes = Buffer.from(toNpz(record));
    for (const each of Object.values(record)) expect(bytes.includes(Buffer.from(toNpy(each)))).toBe(true);
  });

  test("an empty record", async () => {
    expect(await readNpz(toNpz({}))).toEqual({});
  });

  test("a name that zip cannot hold is refused", () => {
    expect(() => toNpz({ ["x".repeat(65_532)]: tensor([1]) })).toThrow(
      "toNpz: names must have at most 65531 bytes; got 65532",
    );
  });
});

/** A .npy file of version 1.0. */
function npy(header: string, numbers: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(header);
  return Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...numbers,
  );
}
