import { describe, expect, test } from "vitest";
import { type Operand, Trainer, data, manualSeed, nn, ops, optim, tensor } from "../../src/index.ts";
import { Lambda } from "../support.ts";

const whole = (values: readonly (readonly number[])[] | readonly number[]) => tensor(values, undefined, "int32");
const table = (entries: number): Operand => ops.filled([entries, 2], 1);

/** Embeds what `part` reads of an input of ids. */
const reading = (part: (ids: Operand) => Operand, entries = 10): Lambda =>
  new Lambda((ids) => ops.embedding(part(ids), table(entries)));

const IDS = whole([
  [3, 900, 0],
  [9, 901, 1],
]);

/** Parts that hold ids below 10 alone, though the input does not. */
const PARTS: readonly (readonly [name: string, part: (ids: Operand) => Operand])[] = [
  ["slice of a column", (ids) => ops.slice(ids, 1, 0, 1)],
  ["slice of the last column", (ids) => ops.slice(ids, -1, 2, 3)],
  ["split", (ids) => ops.split(ids, [1, 1, 1], 1)[2]!],
  ["unbind", (ids) => ops.unbind(ids, 1)[0]!],
  ["transpose, then a row", (ids) => ops.slice(ops.transpose(ids), 0, 2, 3)],
  ["permute, then a row", (ids) => ops.slice(ops.permute(ops.reshape(ids, [2, 3, 1, 1]), [1, 3, 0, 2]), 0, 0, 1)],
  ["reshape, then a slice", (ids) => ops.slice(ops.reshape(ids, [1, 6]), 1, 2, 4)],
  ["concatenate of columns", (ids) => ops.concatenate([ops.slice(ids, 1, 0, 1), ops.slice(ids, 1, 2, 3)], 1)],
  ["a part of a concatenation", (ids) => ops.slice(ops.concatenate([ids, ids], 1), 1, 2, 4)],
  ["stack", (ids) => ops.stack([ops.slice(ids, 1, 0, 1), ops.slice(ids, 1, 2, 3)])],
  ["broadcast", (ids) => ops.broadcast(ops.slice(ids, 1, 0, 1), [4, 2, 5])],
  ["where", (ids) => ops.where(ops.filled([], 1), ops.slice(ids, 1, 0, 1), ops.slice(ids, 1, 2, 3))],
  ["indexSelect of a part", (ids) => ops.indexSelect(ops.slice(ids, 1, 2, 3), ops.constant(whole([1, 0])))],
  ["gather of a part", (ids) => ops.gather(ops.slice(ids, 1, 2, 3), ops.constant(whole([[0], [0]])), 1)],
];

describe("ids are checked where they are read", () => {
  test.each(PARTS)("%s", (_, part) => {
    expect(() => reading(part).run(IDS)).not.toThrow();
    expect(() => reading(part, 1).run(IDS)).toThrow(/^embedding: ids must be 0; got \d at index [0235]$/);
  });

  test("of two tables each has the ids beside those of the other; the index is that of the user's tensor", () => {
    const module = new Lambda((ids) => {
      const [users, items] = ops.split(ids, [1, 1], 1);
      return ops.concatenate([ops.embedding(users!, table(5)), ops.embedding(items!, table(1000))], 2);
    });
    expect(module.run(whole([[4, 999]])).shape).toEqual([1, 1, 4]);
    const second = [4, 999];
    expect(() => module.run(whole([second, [5, 999]]))).toThrow("embedding: ids must be from 0 to 4; got 5 at index 2");
    expect(() => module.run(whole([second, [4, 1000]]))).toThrow(
      "embedding: ids must be from 0 to 999; got 1000 at index 3",
    );
  });

  test.each([false, true])("whole epochs too, shuffled %s: a column of every sample", async (shuffle) => {
    manualSeed(1);
    class Pairs extends nn.Module {
      readonly users = nn.embedding(5, 2);
      readonly items = nn.embedding(100, 2);
      override forward(ids: Operand): Operand {
        const user = this.users.call(ops.reshape(ops.slice(ids, 1, 0, 1), [-1]));
        return ops.sum(ops.multiply(user, this.items.call(ops.reshape(ops.slice(ids, 1, 1, 2), [-1]))), 1);
      }
    }
    const rows = Array.from({ length: 25 }, (_, i) => [i % 5, (i * 7) % 100]);
    const fit = (given: number[][]) => {
      const trainer = new Trainer(new Pairs(), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
      const y = tensor(given.map((_, i) => i / 25));
      return trainer.fit(data.fromArrays(whole(given), y), { epochs: 1, batchSize: 4, shuffle });
    };
    await expect(fit(rows)).resolves.toBeDefined();
    await expect(fit(rows.with(23, [5, 7]))).rejects.toThrow("embedding: ids must be from 0 to 4; got 5 at index 46");
    await expect(fit(rows.with(24, [4, 100]))).rejects.toThrow(
      "embedding: ids must be from 0 to 99; got 100 at index 49",
    );
  });

  test("part of a batch: any sample may stand there", async () => {
    const first = (ids: Operand): Operand => ops.embedding(ops.slice(ids, 0, 0, 1), table(5));
    class First extends nn.Module {
      readonly weight = new nn.Parameter([2]);
      override forward(ids: Operand): Operand {
        return ops.multiply(ops.sum(first(ids)), ops.broadcast(ops.sum(this.weight), [2]));
      }
    }
    const fit = (ids: readonly number[]) =>
      new Trainer(new First(), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) }).fit(
        data.fromArrays(whole(ids), tensor(ids.map(() => 0))),
        { epochs: 1, batchSize: 2, shuffle: true },
      );
    await expect(fit([0, 1, 2, 9])).rejects.toThrow("embedding: ids must be from 0 to 4; got 9 at index 3");
    await expect(fit([0, 9])).rejects.toThrow("embedding: ids must be from 0 to 4; got 9 at index 1");
  });

  test("floats that are cast: rounded toward 0, then checked", () => {
    const module = reading((x) => ops.cast(ops.slice(x, 1, 1, 2), "int32"), 3);
    expect(module.run(tensor([[77.5, 2.9]])).shape).toEqual([1, 1, 2]);
    expect(module.run(tensor([[77.5, -0.9]])).shape).toEqual([1, 1, 2]);
    for (const value of [3, -1, NaN, 1e20]) {
      expect(() => module.run(tensor([[77.5, value]]))).toThrow(
        `embedding: ids must be from 0 to 2; got ${Math.fround(value)} at index 1`,
      );
    }
  });

  test("constants are checked when they are used, argMax by what it may give", () => {
    const ids = ops.constant(whole([0, 7, 2]));
    expect(() => ops.embedding(ids, table(8))).not.toThrow();
    expect(() => ops.embedding(ids, table(7))).toThrow("embedding: ids must be from 0 to 6; got 7 at index 1");
    expect(() => ops.embedding(ops.slice(ids, 0, 2, 3), table(7))).not.toThrow();
    const module = (entries: number) => new Lambda((x) => ops.embedding(ops.argMax(x, 1), table(entries)));
    expect(module(3).run(tensor([[1, 2, 3]])).shape).toEqual([1, 2]);
    expect(() => module(2).run(tensor([[1, 2, 3]]))).toThrow(
      "embedding: ids must be from 0 to 1; got argMax [1], which may be 0 to 2",
    );
  });

  test("indices of gather, indexSelect and oneHot; floats that are computed cannot be checked", () => {
    const x = tensor([1, 2, 3]);
    const message = (where: string, what: string, high: number) =>
      `${where}: ${what} must be from 0 to ${high}; got 3 at index 1`;
    expect(() => new Lambda((a, i) => ops.gather(a, i, 0)).run(x, whole([0, 3]))).toThrow(
      message("gather", "indices", 2),
    );
    expect(() => new Lambda((a, i) => ops.indexSelect(a, i)).run(x, whole([0, 3]))).toThrow(
      message("indexSelect", "indices", 2),
    );
    expect(() => new Lambda((i) => ops.oneHot(i, 3)).run(whole([0, 3]))).toThrow(message("oneHot", "ids", 2));
    expect(() => new Lambda((a) => ops.oneHot(ops.cast(ops.relu(a), "int32"), 3)).run(x)).toThrow(
      "oneHot: ids must come from an input; got relu [3]",
    );
  });
});
