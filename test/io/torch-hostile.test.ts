/** Files of torch.save that PyTorch would not write: made by hand, of opcodes. */
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import type { StateTree } from "../../src/base/state-tree.ts";
import { decodeTorch } from "../../src/io/torch/decode.ts";
import { fixture } from "./foreign.ts";

/** Bytes of opcodes: text stands for its characters. */
function ops(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string"
        ? Array.from(part, (each) => each.charCodeAt(0))
        : typeof part === "number"
          ? [part]
          : [...part],
    ),
  );
}

const START = ops(
  0x80,
  2,
  0x8a,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
  ".",
  0x80,
  2,
  "M",
  0xe9,
  3,
  "..",
);
const HEAD = ops(START.subarray(0, -1), 0x80, 2, "}.");

/** A file of the plain form: the object's pickle, without its end, and storages by key. */
function plain(pickle: Uint8Array, storages: Readonly<Record<string, readonly number[]>> = {}): Uint8Array {
  const keys = Object.keys(storages).map((key) => ops(text(key), "a"));
  const numbers = Object.values(storages).map((each) =>
    ops(int64(each.length), new Uint8Array(Float32Array.from(each).buffer)),
  );
  return ops(HEAD, 0x80, 2, pickle, ".", 0x80, 2, "]", ...keys, ".", ...numbers);
}

/** A file of the zip form. */
function zipped(pickle: Uint8Array, entries: Readonly<Record<string, Uint8Array>>, level: 0 | 9 = 0): Uint8Array {
  const named = Object.entries(entries).map(([name, bytes]) => [`a/${name}`, bytes]);
  return zipSync(Object.fromEntries([["a/data.pkl", ops(0x80, 2, pickle, ".")], ...named]), { level });
}

function text(value: string): Uint8Array {
  return ops(0x8c, value.length, value);
}

function int64(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

function long(value: number): Uint8Array {
  return ops(0x8a, 8, int64(value));
}

function numbers(...values: readonly number[]): Uint8Array {
  return ops("(", ...values.map(long), "t");
}

/** A view of a storage of float32. */
function view(
  length: number,
  offset: number,
  size: readonly number[],
  stride: readonly number[],
  key = "k",
): Uint8Array {
  const storage = ops("(", text("storage"), "ctorch\nFloatStorage\n", text(key), text("cpu"), long(length), "tQ");
  return ops(
    "ctorch._utils\n_rebuild_tensor_v2\n(",
    storage,
    long(offset),
    numbers(...size),
    numbers(...stride),
    0x89,
    "}tR",
  );
}

function read(bytes: Uint8Array): StateTree {
  return decodeTorch("read", bytes, {});
}

function expectRefusal(bytes: Uint8Array, why: string): void {
  expect(() => read(bytes)).toThrow(why);
  expect(() => read(bytes)).toThrow(FormatError);
}

test("the files of these tests are read when nothing is wrong", () => {
  const found = read(plain(view(6, 1, [2, 2], [1, 3]), { k: [0, 1, 2, 3, 4, 5] }));
  expect(found).toMatchObject({ shape: [2, 2], dtype: "float32", data: Float32Array.of(1, 4, 2, 5) });
  const big = zipped(view(2, 0, [2], [1]), { "data/k": ops(0x3f, 0x80, 0, 0, 0x40, 0, 0, 0), byteorder: ops("big") });
  expect(read(big)).toMatchObject({ data: Float32Array.of(1, 2) });
});

describe("classes and functions", () => {
  test.each([
    ["os", "system"],
    ["posix", "system"],
    ["builtins", "eval"],
    ["__builtin__", "getattr"],
    ["torch", "load"],
    ["torch.hub", "load"],
    ["torch._utils", "_rebuild_tensor_v2.__globals__"],
    ["torch._utils", "__proto__"],
    ["constructor", "constructor"],
    ["numpy.core.multiarray", "scalar"],
    ["collections", "defaultdict"],
  ])("%s.%s is refused by name", (module, name) => {
    const why = `only tensors, dicts, lists and numbers may be in the file; got "${module}.${name}"`;
    expectRefusal(plain(ops(`c${module}\n${name}\n`, text("echo"), 0x85, "R")), why);
    expectRefusal(plain(ops(text(module), text(name), 0x93, text("echo"), 0x85, "R")), why);
  });

  test.each<[string, Uint8Array]>([
    ["INST", ops("(ios\nsystem\n")],
    ["OBJ", ops("(o")],
    ["NEWOBJ", ops("ccollections\nOrderedDict\n)", 0x81)],
    ["NEWOBJ_EX", ops("ccollections\nOrderedDict\n)}", 0x92)],
    ["EXT1", ops(0x82, 1)],
    ["PERSID", ops("Pstorage\n")],
    ["NEXT_BUFFER", ops(0x97)],
    ["BINBYTES", ops("B", 0, 0, 0, 0)],
    ["no opcode", ops(0xff)],
  ])("the opcode %s is refused", (_, pickle) => expectRefusal(plain(pickle), "a pickle must have opcodes of tensors"));

  test.each<[string, Uint8Array, string]>([
    ["a call of a dict", ops("})R"), "a function to call and its arguments; got a dict"],
    ["a call of a storage's class", ops("ctorch\nFloatStorage\n)R"), "a function to call"],
    ["a call without a tuple", ops("ccollections\nOrderedDict\n]R"), "a function to call"],
    [
      "other arguments",
      ops("ccollections\nOrderedDict\n]", 0x85, "R"),
      "collections.OrderedDict must be called as PyTorch does",
    ],
    ["other arguments of a tensor", ops("ctorch._utils\n_rebuild_tensor_v2\n)R"), "must be called as PyTorch does"],
    ["attributes of a dict", ops("}}b"), "attributes of an OrderedDict only, in a dict,; got a dict"],
    ["attributes that are a list", ops("ccollections\nOrderedDict\n)R]b"), "attributes of an OrderedDict only"],
    [
      "a function as a value",
      ops("ctorch\nSize\n"),
      'only tensors, dicts, lists and numbers may be in the file; got "torch.Size" at ""',
    ],
    [
      "a storage as a value",
      ops("(", text("storage"), "ctorch\nFloatStorage\n", text("k"), text("cpu"), "K", 0, "tQ"),
      "got a storage at",
    ],
    ["another persistent id", ops("(", text("module"), "K", 1, "tQ"), 'got "module"'],
    ["a persistent id that is no tuple", ops("NQ"), "got null"],
  ])("%s is refused", (_, pickle, why) => expectRefusal(plain(pickle), why));
});

describe("stack, marks and memo", () => {
  test.each<[string, Uint8Array, string]>([
    ["an empty stack", ops(""), "must push before it pops"],
    ["a pop below the mark", ops("N(0"), "must push before it pops"],
    ["a list without mark", ops("]e"), "must set a mark"],
    ["an unknown memo", ops("h", 3), "must recall what it stored; got index 3"],
    ["an append to a number", ops("NNa"), "a list to append to; got null"],
    ["a key without a value", ops("}(Nu"), "a dict and pairs to set"],
    ["a key that is a list", ops("}]Ns"), "keys that are text or numbers; got a list"],
    ["a key twice", ops("}", text("a"), "Ns", text("a"), "Ns"), 'got "a" twice'],
    ["a number and its text as keys", ops("}K", 1, "Ns", text("1"), "Ns"), 'got "1" twice'],
    ["a whole number beyond 2^53", ops(0x8a, 8, int64(2 ** 53)), "must be within 2^53; got 9007199254740992"],
    ["a whole number of 9 bytes", ops(0x8a, 9, int64(0), 0), "must be within 2^53; got one of 9 bytes"],
    ["a length below 0", ops(0x8b, 0xff, 0xff, 0xff, 0xff), "must hold -1 bytes more"],
    ["text beyond the file", ops("X", 0xff, 0xff, 0xff, 0x7f), "must hold 2147483647 bytes more"],
    ["text of 2^62 bytes", ops(0x8d, int64(2 ** 62)), "must be within 2^53"],
    ["text that is no UTF-8", ops(0x8c, 1, 0xff), "must be UTF-8"],
    ["protocol 1", ops(0x80, 1, "N"), "must be from 2 to 5; got 1"],
    ["protocol 6", ops(0x80, 6, "N"), "must be from 2 to 5; got 6"],
  ])("%s is refused", (_, pickle, why) => expectRefusal(plain(pickle), why));

  test("50,000 levels are refused, and 100 are read", () => {
    const nested = (levels: number): Uint8Array =>
      ops(new Uint8Array(levels).fill("]".charCodeAt(0)), new Uint8Array(levels - 1).fill("a".charCodeAt(0)));
    expectRefusal(plain(nested(5e4)), "must be nested in at most 100 levels");
    expectRefusal(plain(ops("N", new Uint8Array(5e4).fill(0x85))), "must be nested in at most 100 levels");
    expect(JSON.stringify(read(plain(nested(100))))).toHaveLength(200);
  });

  test("more than 2^21 opcodes are refused", () => {
    const file = new Uint8Array(HEAD.length + 2 ** 21);
    file.set(HEAD);
    expectRefusal(file.fill("N".charCodeAt(0), HEAD.length), "a pickle must have at most 2097152 opcodes; got more");
  });

  test("a list that holds itself is refused", () => {
    expectRefusal(plain(ops("]q", 0, "h", 0, "a")), "must be nested in at most 100 levels");
  });

  test("values that double again and again are refused", () => {
    const level = ops("q", 0, "0](", "h\0".repeat(10), "e");
    const levels = Array.from({ length: 20 }, () => level);
    expectRefusal(plain(ops("]", ...levels)), "the pickle must hold at most");
  });
});

describe("views", () => {
  const held = { k: [1, 2, 3, 4, 5, 6] };

  test.each<[string, number, readonly number[], readonly number[], string]>([
    ["behind the storage", 3, [2, 2], [2, 1], "must be within its storage of 6 numbers; got one that ends at 7"],
    ["far behind", 2 ** 52, [1], [1], "got one that ends at 4503599627370497"],
    ["by strides", 0, [2], [6], "got one that ends at 7"],
    ["by strides of 2^53", 0, [3], [2 ** 53 - 1], "must be within its storage"],
    ["of an offset below 0", -1, [1], [1], "must be a whole number for each axis"],
    ["of strides below 0", 5, [6], [-1], "must be a whole number for each axis"],
    ["of an extent below 0", 0, [-1], [1], "must be of whole numbers"],
    ["of too few strides", 0, [2, 2], [1], "must be a whole number for each axis"],
    ["of too many strides", 0, [2], [1, 1], "must be a whole number for each axis"],
    ["of 2^60 numbers", 0, [2 ** 30, 2 ** 30], [0, 0], "must be of whole numbers"],
    ["of 2^40 numbers by strides of 0", 0, [2 ** 40], [0], "must hold at most"],
  ])("%s are refused", (_, offset, size, stride, why) => {
    expectRefusal(plain(view(6, offset, size, stride), held), why);
  });

  test("of no numbers are read wherever they are", () => {
    expect(read(plain(view(6, 100, [0, 3], [3, 1]), held))).toMatchObject({ shape: [0, 3], size: 0 });
  });

  test("many large views of a small storage are refused together", () => {
    const million = view(6, 0, [1e6], [0]);
    const list = (count: number): Uint8Array => ops("](", ...Array.from({ length: count }, () => million), "e");
    expect(read(plain(list(4), held))).toHaveLength(4);
    expectRefusal(plain(list(5), held), 'numbers; got more at "4", [1000000]');
  });

  test("one view in many places is one tensor", () => {
    const places = ops("](", view(6, 0, [1e6], [0]), "q", 0, "h\0".repeat(100), "e");
    const found = read(plain(places, held));
    expect(new Set(found as readonly StateTree[]).size).toBe(1);
  });

  test("more than 64 axes are refused", () => {
    const ones = Array.from({ length: 65 }, () => 1);
    expectRefusal(plain(view(6, 0, ones, ones), held), "_rebuild_tensor_v2 must be called as PyTorch does");
  });
});

describe("storages", () => {
  const tensor = view(2, 0, [2], [1]);
  const bytes = new Uint8Array(8);

  test.each<[string, Uint8Array, string]>([
    ["missing in an archive", zipped(tensor, {}), 'must have the entry "a/data/k"; got none'],
    ["deflated", zipped(tensor, { "data/k": new Uint8Array(8) }, 9), "must be stored; got a deflated one"],
    ["too short", zipped(tensor, { "data/k": bytes.subarray(1) }), 'storage "k" must have 2 float32 in 8 bytes; got 7'],
    ["of no known order", zipped(tensor, { "data/k": bytes, byteorder: ops("pdp") }), 'little or big; got "pdp"'],
    [
      "in two archives",
      zipSync({ "a/data.pkl": bytes, "b/data.pkl": bytes }),
      "must have one data.pkl in a folder; got 2",
    ],
    ["of a program", zipped(tensor, { "constants.pkl": bytes }), "got a TorchScript program"],
    ["missing in the plain form", plain(tensor), 'must hold storage "k"; got none'],
    ["of another length", plain(tensor, { k: [1, 2, 3] }), 'storage "k" must have 2 numbers; got 3'],
    ["unknown to the object", plain(ops("N"), { k: [1] }), 'must have each storage of the object once; got "k"'],
    [
      "of two lengths",
      plain(ops("](", tensor, view(3, 0, [2], [1]), "e"), { k: [1, 2] }),
      "must have one type and length",
    ],
    ["of a version", ops(START.subarray(0, -7), "M", 1, 0, "."), "the version must be 1001; got 1"],
  ])("%s are refused", (_, file, why) => expectRefusal(file, why));

  test("a length that is no whole number is refused", () => {
    const half = ops(
      "(",
      text("storage"),
      "ctorch\nFloatStorage\n",
      text("k"),
      text("cpu"),
      "G",
      0x3f,
      0xe0,
      0,
      0,
      0,
      0,
      0,
      0,
      "tQ",
    );
    expectRefusal(plain(half), "persistent ids must be whole storages");
  });
});

describe("damaged files", () => {
  const files = ["views", "views-plain", "values", "values-plain", "tensor", "checkpoint-plain"];

  test.each(files)("every cut of %s is refused", (file) => {
    const whole = fixture(`torch/${file}.pt`);
    for (let length = 0; length < whole.length; length++) {
      expect(() => read(whole.subarray(0, length)), `of ${length} bytes`).toThrow(FormatError);
    }
  });

  test.each(files)("changed bytes of %s are refused or read", (file) => {
    const whole = fixture(`torch/${file}.pt`);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (at * 37 + 11) & 255;
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
    expect(read(whole)).toBeDefined();
  });
});
