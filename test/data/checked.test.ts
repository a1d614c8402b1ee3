import { describe, expect, test } from "vitest";
import { type Tensor, Trainer, data, nn, optim, tensor } from "../../src/index.ts";
import { thrownBy } from "../support.ts";

const [x, y] = [tensor([[1], [2], [3], [4]]), tensor([[0], [1], [0], [1]])];
const trainer = new Trainer(nn.linear(1, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
const good = data.fromArrays(x, y);

const thrown = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return String(error);
  }
  return "nothing thrown";
};

const users: readonly [string, (set: data.Dataset) => unknown][] = [
  ["fit", (set) => trainer.fit(set, { progress: false })],
  ["fit: validation", (set) => trainer.fit(good, { progress: false, validation: set })],
  ["evaluate", (set) => trainer.evaluate(set)],
  ["batches", (set) => data.batches(set)],
  ["split", (set) => data.split(set, { training: 0.5, test: 0.5 })],
  ["kFold", (set) => data.kFold(set, 2)],
  ["findLeaks", (set) => data.findLeaks(good, set)],
  ["duplicateGroups", (set) => data.duplicateGroups(set)],
  ["oversampler", (set) => data.oversampler(set)],
  ["subset", (set) => data.subset(set, [0])],
  ["standardize", (set) => data.standardize(set)],
  ["standardize", (set) => data.standardize(good)(set)],
];

describe("a data set has a row of x and y for each of its samples", () => {
  const short = tensor([[0], [1]]);
  const says = "x and y of the data set must have as many rows as its length; got";
  const has = "the data set must have x, y and length, as data.fromArrays(x, y) makes it";
  const wrong: readonly [unknown, string][] = [
    [{ x, y, length: 5 }, `ShapeError: ${says} x float32 [4, 1], y float32 [4, 1] and 5`],
    [{ x, y, length: 3 }, `ShapeError: ${says} x float32 [4, 1], y float32 [4, 1] and 3`],
    [{ x, y: short, length: 4 }, `ShapeError: ${says} x float32 [4, 1], y float32 [2, 1] and 4`],
    [{ x, y }, `TypeError: ${has}; got one without length`],
    [{ x, length: 4 }, `TypeError: ${has}; got one without y`],
    [{ x, y: [0, 1, 0, 1], length: 4 }, "TypeError: y of the data set must be a tensor; got an array"],
    [
      { x: { shape: [4, 1], dtype: "float32", data: new Float64Array(4) }, y, length: 4 },
      "TypeError: x of the data set must be a tensor; got float32 [4, 1] of a Float64Array",
    ],
  ];
  for (const [where, use] of users) {
    test.each(wrong)(`${where} refuses %o`, async (set, message) => {
      const before = trainer.model.stateDict();
      expect(await thrown(() => use(set as data.Dataset))).toBe(message.replace(": ", `: ${where}: `));
      expect(trainer.model.stateDict()).toEqual(before);
    });
  }

  test("what is no data set at all", async () => {
    for (const [where, use] of users.slice(0, -1).filter(([name]) => name !== "fit: validation")) {
      const message = `TypeError: ${where}: the data set must have x, y and length, as data.fromArrays(x, y) makes it`;
      expect(await thrown(() => use(null as never))).toBe(`${message}; got null`);
      expect(await thrown(() => use([[1], [2]] as never))).toBe(`${message}; got [[1],[2]]`);
    }
    expect(thrownBy(() => data.augment(data.stream(() => []) as never, [data.transforms.noise(1)]))).toBe(
      "TypeError: augment: the data set must have x, y and length, as data.fromArrays(x, y) makes it; got a stream",
    );
    expect(await thrown(() => trainer.evaluate(x as never))).toBe(
      "TypeError: evaluate: the data set must have x, y and length, as data.fromArrays(x, y) makes it; got a tensor",
    );
    expect(await thrown(() => trainer.fit(x as never, y as never))).toBe(
      "TypeError: fit: the data set must have x, y and length, as data.fromArrays(x, y) makes it; got a tensor",
    );
    expect(thrownBy(() => data.standardize(good)(3 as never))).toBe(
      "TypeError: standardize: x must be a tensor; got 3",
    );
  });

  test("as clones and other copies of the library give it, it is taken", async () => {
    const clone = structuredClone(good);
    const [own, theirs] = await Promise.all(
      [good, clone].map(async (set) => {
        const model = nn.linear(1, 1);
        model.loadStateDict({ weight: tensor([[1]]), bias: tensor([0]) });
        const taught = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });
        await taught.fit(set, { progress: false, shuffle: false, validation: set });
        return model.stateDict();
      }),
    );
    expect(theirs).toEqual(own);
    const { training } = data.split(clone, { training: 1, shuffle: false });
    expect([training.x.toArray(), training.y.toArray()]).toEqual([x.toArray(), y.toArray()]);
    expect(data.standardize(clone)(clone).y).toEqual(y);
    const row = { shape: [1, 1], dtype: "float32", data: [2.5] } as unknown as Tensor;
    expect(data.standardize(clone)(row).item()).toBe(0);
  });
});
