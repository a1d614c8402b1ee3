/** Files of checkpoints: what is written is read, and a file with any other byte is refused. */
import { platform } from "#platform";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { readGeneration, writeGeneration } from "../../src/files/checkpoint/generation.ts";
import { scratch } from "./support.ts";

const { files } = platform;
if (!files) throw new Error("the tests need a host with files");

const NAN = new Float32Array(Uint32Array.of(0x7fc0_1234, 0xff80_0001, 0x8000_0000).buffer);
const states = {
  "no tensors": { step: 3 },
  tensors: {
    step: 3,
    empty: new Tensor([0], "float32", new Float32Array(0)),
    more: [new Tensor([2], "int32", Int32Array.of(-1, 7)), new Tensor([3], "float32", NAN)],
  },
};

test.each(Object.entries(states))("%s: as they were written, in all bits", async (_, state) => {
  const path = join(scratch(), "x");
  await writeGeneration("test", files, path, { state, description: '{"a":1}' });
  const read = await readGeneration("test", files, path);
  expect(read.description).toBe('{"a":1}');
  await writeGeneration("test", files, `${path}2`, read);
  expect(readFileSync(`${path}2`).equals(readFileSync(path))).toBe(true);
});

test.each(Object.entries(states))("%s: a file with another byte, or fewer or more, is refused", async (_, state) => {
  const path = join(scratch(), "x");
  await writeGeneration("test", files, path, { state, description: "{}" });
  const bytes = readFileSync(path);
  const damaged = [
    ...Array.from(bytes, (byte, i) => Buffer.from(bytes).fill(byte ^ 1, i, i + 1)),
    ...[0, 7, 8, bytes.length - 1].map((length) => bytes.subarray(0, length)),
    Buffer.concat([bytes, bytes.subarray(0, 4)]),
  ];
  for (const each of damaged) {
    writeFileSync(path, each);
    await expect(readGeneration("test", files, path)).rejects.toThrow(FormatError);
  }
});
