import { deflateSync, strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { crc32, crc32ByTable } from "../../src/files/crc32.ts";
import { entryBytes, zipEntries } from "../../src/io/zip.ts";

const LOCAL = 0x04_03_4b_50;
const LISTED = 0x02_01_4b_50;
const END = 0x06_05_4b_50;

/** Numbers that are set at an offset from the n-th record of a signature. */
type Change = readonly [signature: number, record: number, offset: number, bytes: 2 | 4, value: number];

const names = ["first", "second/größe", "third"];
const texts = names.map((name) => strToU8(`the text of ${name}, `.repeat(9)));
const stored = archive(0);
const deflated = archive(9);

function archive(level: 0 | 9): Uint8Array {
  return zipSync(Object.fromEntries(names.map((name, i) => [name, texts[i] ?? texts[0]!])), { level });
}

/** All entries, inflated. */
function unzip(bytes: Uint8Array): [string, Uint8Array][] {
  return [...zipEntries("unzip", bytes)].map(([name, entry]) => [name, entryBytes("unzip", entry)]);
}

function changed(bytes: Uint8Array, ...changes: readonly Change[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  for (const [signature, record, offset, width, value] of changes) {
    const starts = [...copy.keys()].filter((at) => at + 4 <= copy.length && view.getUint32(at, true) === signature);
    const at = (starts[record] ?? NaN) + offset;
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return copy;
}

function expectRefusal(bytes: Uint8Array, why: string): void {
  expect(() => unzip(bytes)).toThrow(why);
  expect(() => unzip(bytes)).toThrow(FormatError);
}

test("the CRC-32 of the standard's check value", () => {
  expect(crc32(strToU8("123456789"))).toBe(0xcb_f4_39_26);
  expect(crc32ByTable(strToU8("123456789"))).toBe(0xcb_f4_39_26);
});

test.each([
  ["stored", stored],
  ["deflated", deflated],
])("%s entries", (_, bytes) => {
  expect(unzip(bytes)).toEqual(names.map((name, i) => [name, texts[i]]));
});

test("an archive with a comment, and one without entries", () => {
  const comment = Uint8Array.of(...changed(stored, [END, 0, 20, 2, 3]), 1, 2, 3);
  expect(unzip(comment)).toHaveLength(3);
  expect(unzip(zipSync({}))).toEqual([]);
});

describe("refused", () => {
  const size = texts[0]?.length ?? 0;
  test.each<[string, Uint8Array, string]>([
    ["no archive", new Uint8Array(100), "must end with its directory"],
    ["nothing", new Uint8Array(0), "must end with its directory"],
    ["bytes behind the archive", Uint8Array.of(...stored, 0), "must end with its directory"],
    ["another number of entries", changed(stored, [END, 0, 8, 2, 4], [END, 0, 10, 2, 4]), "must list its entries"],
    [
      "fewer entries than the directory has",
      changed(stored, [END, 0, 8, 2, 2], [END, 0, 10, 2, 2]),
      "the zip directory must have",
    ],
    ["several disks", changed(stored, [END, 0, 4, 2, 1]), "must be within the file"],
    ["a directory outside the file", changed(stored, [END, 0, 16, 4, 1e6]), "must be within the file"],
    ["a directory elsewhere", changed(stored, [END, 0, 16, 4, 0]), "must list its entries"],
    ["zip64", changed(stored, [END, 0, 16, 4, 0xff_ff_ff_ff]), "got a zip64 archive"],
    ["a zip64 entry", changed(stored, [LISTED, 1, 20, 4, 0xff_ff_ff_ff]), "got a zip64 entry"],
    ["an encrypted entry", changed(stored, [LISTED, 1, 8, 2, 1]), '"second/größe" must not be encrypted; got flags 1'],
    ["another method", changed(stored, [LISTED, 0, 10, 2, 12]), '"first" must be stored or deflated; got method 12'],
    ["a name that is no UTF-8", changed(stored, [LISTED, 0, 46, 2, 0xff_ff]), "must be UTF-8"],
    ["a name that goes on", changed(stored, [LISTED, 2, 28, 2, 500]), "must hold its names"],
    ["a stored entry of two sizes", changed(stored, [LISTED, 0, 24, 4, size + 1]), "must have a possible size"],
    ["a bomb", changed(deflated, [LISTED, 0, 24, 4, 2 ** 31]), "must have a possible size; got 2147483648 bytes from"],
    [
      "more bytes than stated",
      changed(deflated, [LISTED, 0, 24, 4, size - 1]),
      `must inflate to ${size - 1} bytes; got more`,
    ],
    [
      "fewer bytes than stated",
      changed(deflated, [LISTED, 0, 24, 4, size + 1]),
      `must inflate to ${size + 1} bytes; got ${size}`,
    ],
    ["another CRC", changed(deflated, [LISTED, 0, 16, 4, 0]), '"first" must match its CRC-32'],
    ["changed bytes", changed(stored, [LOCAL, 0, 40, 2, 0]), '"first" must match its CRC-32'],
    ["changed deflated bytes", changed(deflated, [LOCAL, 0, 35, 4, 0xff_ff_ff_ff]), "must inflate to"],
    ["two entries in one place", changed(stored, [LISTED, 1, 42, 4, 0]), "must have a header of its own"],
    [
      "places outside the file",
      changed(stored, [LISTED, 1, 42, 4, 1e6], [LISTED, 2, 42, 4, 2e6]),
      "must have a header of its own",
    ],
    ["a place without header", changed(stored, [LISTED, 0, 42, 4, 1]), "must have a header of its own"],
    ["an entry that reaches into the next", changed(stored, [LOCAL, 0, 28, 2, 200]), '"first" must end before'],
    ["another name in its header", changed(stored, [LOCAL, 0, 30, 2, 0]), "must be what the directory lists"],
    ["another method in its header", changed(stored, [LOCAL, 0, 8, 2, 8]), "must be what the directory lists"],
  ])("%s", (_, bytes, why) => expectRefusal(bytes, why));

  test("a name twice", () => {
    const twice = zipSync({ aa: strToU8("1"), ab: strToU8("2") }, { level: 0 });
    const a = "a".charCodeAt(0);
    const same = changed(twice, [LOCAL, 1, 30, 2, a | (a << 8)], [LISTED, 1, 46, 2, a | (a << 8)]);
    expectRefusal(same, 'must have distinct names; got "aa" twice');
  });

  test("every cut", () => {
    for (let length = 0; length < deflated.length; length++) expectRefusal(deflated.subarray(0, length), "unzip: ");
  });

  test("what a bomb of the highest ratio states is inflated", () => {
    const zeros = new Uint8Array(1e6);
    expect(zeros.length / deflateSync(zeros, { level: 9 }).length).toBeGreaterThan(1000);
    const [[, bytes] = []] = unzip(zipSync({ zeros }, { level: 9 }));
    expect(Buffer.compare(bytes ?? zeros.subarray(1), zeros)).toBe(0);
  });
});
