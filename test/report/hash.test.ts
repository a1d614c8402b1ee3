import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PlainSha256 } from "../../src/report/run/sha256.ts";
import { stateHash } from "../../src/report/index.ts";
import { configure } from "../../src/index.ts";
import { blobs } from "../study/support.ts";
import { trainerOf } from "./fixtures.ts";
import { manualSeed, nn, tensor } from "./names.ts";

describe("SHA-256 in JavaScript, for browsers", () => {
  test("is that of Node for all lengths around those of a block, in one piece and in several", () => {
    for (const length of [...Array(200).keys(), 1000, 65_536]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) % 256);
      const expected = createHash("sha256").update(bytes).digest("hex");
      const [whole, cut] = [new PlainSha256(), new PlainSha256()];
      whole.update(bytes);
      for (let start = 0; start < length; start += 61) cut.update(bytes.subarray(start, start + 61));
      expect([whole.digest(), cut.digest()]).toEqual([expected, expected]);
    }
  });
});

describe("the hash of a state", () => {
  test("is that of a line of JSON and the bytes of each tensor", () => {
    // printf '["w","float32",[2]]\n\0\0\200\77\0\0\0\100["n","int32",[1]]\n\3\0\0\0' | sha256sum
    const expected = "3d4728a2a8d3fbeadd887093e00103ad60c3acca764c88372eab4aea2525f6a1";
    expect(stateHash({ w: tensor([1, 2]), n: tensor(Int32Array.of(3)) })).toBe(expected);
  });

  test("tells names, shapes, dtypes, bits and order apart", () => {
    const states = [
      { a: tensor([1, 2]) },
      { b: tensor([1, 2]) },
      { a: tensor([[1, 2]]) },
      { a: tensor([1, -2]) },
      { a: tensor([0, 2]) },
      { a: tensor([-0, 2]) },
      { a: tensor(Int32Array.of(1, 2)) },
      { a: tensor([1]), b: tensor([2]) },
      { b: tensor([2]), a: tensor([1]) },
      {},
    ];
    expect(new Set(states.map((state) => stateHash(state))).size).toBe(states.length);
  });

  test("is the same for any number of threads", async () => {
    const hashes: string[] = [];
    for (const threads of [1, 2, 3] as const) {
      configure({ threads });
      manualSeed(5);
      const trainer = trainerOf(nn.sequential(nn.linear(4, 300), nn.relu(), nn.dropout(0.5), nn.linear(300, 3)));
      await trainer.fit(blobs(256, 3, 4, 1, 5), { epochs: 2, batchSize: 128, progress: false });
      hashes.push(stateHash(trainer.model.stateDict()));
    }
    configure({ threads: "auto" });
    expect(new Set(hashes).size).toBe(1);
  });
});
