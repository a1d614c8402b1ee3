import { afterEach, describe, expect, test } from "vitest";
import { Trainer, configure, manualSeed, nn, type Operand, ops, optim, tensor } from "../../../src/index.ts";
import { inUse, settle } from "../../memory/garbage.ts";
import { randomTensor } from "../../support.ts";

/** A body and a head, as transfer learning has them. */
class Net extends nn.Module {
  body = nn.linear(4, 8);
  head: nn.Module = nn.linear(8, 2);
  heads: nn.Module[] = [nn.linear(2, 2)];
  extra: nn.Module | undefined;
  other: nn.Module | false = false;
  more: nn.Module[] = [];
  named: (nn.Module | string)[] = ["named", nn.tanh()];

  override forward(x: Operand): Operand {
    const out = this.heads.reduce((value, each) => each.call(value), this.head.call(ops.relu(this.body.call(x))));
    const last = [this.extra, this.other, ...this.more, ...this.named].filter((each) => each instanceof nn.Module);
    return last.reduce((value, each) => each.call(value), out);
  }
}

const x = randomTensor([3, 4], 1);

/** What the model gives, computed by a separate model with the same weights. */
function expected(model: Net): Float32Array {
  const last = [model.extra, model.other, ...model.more, ...model.named].filter((each) => each instanceof nn.Module);
  return nn.sequential<nn.Module[]>(model.body, nn.relu(), model.head, ...model.heads, ...last).run(x).data;
}

const replacements: [string, (model: Net) => void][] = [
  ["a layer", (model) => void (model.head = nn.linear(8, 2))],
  [
    "a layer of another width",
    (model) => {
      model.head = nn.sequential(nn.linear(8, 5), nn.tanh(), nn.linear(5, 2));
    },
  ],
  ["an element of an array", (model) => void (model.heads[0] = nn.linear(2, 2))],
  ["an array that grows", (model) => void model.heads.push(nn.linear(2, 6))],
  ["an array that shrinks", (model) => void model.heads.pop()],
  ["an element beside what is no layer", (model) => void (model.named[1] = nn.relu())],
  ["an array in place of another", (model) => void (model.heads = [nn.linear(2, 2)])],
  ["an array that was empty", (model) => void model.more.push(nn.linear(2, 6))],
  ["a property that was empty", (model) => void (model.extra = nn.linear(2, 1))],
  ["a property that was false", (model) => void (model.other = nn.linear(2, 1))],
  [
    "a parameter",
    (model) => {
      const weight = new nn.Parameter([8, 4]);
      weight.write().fill(0.5);
      Object.assign(model.body, { weight });
    },
  ],
];

describe("programs follow the layers that a model has now", () => {
  test.each(replacements)("%s", (_, replace) => {
    manualSeed(1);
    const model = new Net();
    const compute = model.compile([3, 4]);
    const former = [model.predict(x), model.run(x), compute(x)];
    expect(former[0]).toEqual(former[1]);
    replace(model);
    const values = expected(model);
    expect(values).not.toEqual(former[0]?.data);
    for (const out of [model.predict(x), model.run(x), compute(x)]) expect(out.data).toEqual(values);
  });

  test("weights that are dropped are those that the layer has now", () => {
    const layer = nn.linear(2, 2, { bias: false });
    const model = nn.weightDrop(layer, ["weight"], 1);
    const ones = tensor([[1, 1]]);
    expect([...model.run(ones).data]).toEqual([0, 0]);
    Object.assign(layer, { weight: nn.init.constant(new nn.Parameter([2, 2]), 1) });
    expect([...model.run(ones).data]).toEqual([0, 0]);
    expect([...model.predict(ones).data]).toEqual([2, 2]);
  });

  test("in the middle of a sequential", () => {
    const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.linear(8, 2));
    const before = model.predict(x);
    const layers = model.layers as nn.Module[];
    layers[1] = nn.tanh();
    expect(model.predict(x)).not.toEqual(before);
    layers[1] = nn.relu();
    expect(model.predict(x)).toEqual(before);
  });

  test("of monteCarlo and summary too", () => {
    const model = new Net();
    expect(model.summary([1, 4])).toContain("linear 8 -> 2");
    model.head = nn.linear(8, 3);
    model.heads = [];
    expect(model.summary([1, 4])).toContain("linear 8 -> 3");
  });
});

describe("the cache of programs", () => {
  afterEach(() => configure({ cachedPrograms: 256, cachedBytes: 256 * 2 ** 20 }));

  test("gives the same numbers for shapes that were dropped and come again", () => {
    configure({ cachedPrograms: 2 });
    const model = nn.gru(3, 5, { batchFirst: true });
    const inputs = [1, 2, 3, 4, 5].map((steps) => randomTensor([2, steps, 3], steps));
    const first = inputs.map((each) => model.predict(each));
    for (const round of [1, 2]) {
      inputs.forEach((each, i) => expect(model.predict(each), `round ${round}`).toEqual(first[i]));
    }
  });

  test("holds programs of one shape apart by dtype, and by the number of inputs", () => {
    class Sum extends nn.Module {
      override forward(...inputs: Operand[]): Operand {
        return inputs.map((input) => ops.cast(input, "float32")).reduce((sum, each) => ops.add(sum, each));
      }
    }
    const model = new Sum();
    const [floats, integers] = [tensor([0.5, 1.5]), tensor([3, 4], [2], "int32")];
    for (const round of [1, 2]) {
      expect([...model.run(floats).data], `round ${round}`).toEqual([0.5, 1.5]);
      expect([...model.run(integers).data]).toEqual([3, 4]);
      expect([...model.run(integers, integers).data]).toEqual([6, 8]);
      expect([...model.run(integers, floats).data]).toEqual([3.5, 5.5]);
      expect([...model.run(floats, floats).data]).toEqual([1, 3]);
    }
  });

  test("keeps what is used often", () => {
    configure({ cachedPrograms: 2 });
    let traces = 0;
    class Counting extends nn.Module {
      override forward(input: Operand): Operand {
        traces++;
        return ops.relu(input);
      }
    }
    const model = new Counting();
    const rows = (count: number): unknown => model.predict(tensor(new Float32Array(count), [count, 1]));
    rows(1);
    for (let count = 2; count < 10; count++) {
      rows(count);
      rows(1);
    }
    expect(traces).toBe(9);
    rows(8);
    expect(traces).toBe(10);
  });

  test("keeps what one purpose uses often while another meets new shapes", () => {
    configure({ cachedPrograms: 3 });
    let traces = 0;
    class Counting extends nn.Module {
      override forward(input: Operand): Operand {
        traces++;
        return ops.relu(input);
      }
    }
    const model = new Counting();
    const compute = model.compile([1, 1]);
    const one = tensor([[1]]);
    for (let count = 2; count < 10; count++) {
      model.run(tensor(new Float32Array(count), [count, 1]));
      expect(model.predict(one)).toEqual(compute(one));
    }
    expect(traces).toBe(10);
  });

  test("holds programs of training and of evaluation apart", () => {
    const model = nn.sequential(nn.linear(4, 4), nn.dropout(1));
    const predicted = model.predict(x);
    expect([...model.run(x).data]).toEqual(Array.from({ length: 12 }, () => 0));
    expect(model.predict(x)).toEqual(predicted);
    expect(model.eval().run(x)).toEqual(predicted);
  });

  test("is bounded by the bytes that its cached constants take", async () => {
    // Slopes spread over the length are one: 0.64 MB for each length here.
    const model = nn.prelu(8);
    const predict = (length: number): unknown => model.predict(tensor(new Float32Array(8 * length), [1, 8, length]));
    const growth = async (cachedBytes: number): Promise<number> => {
      configure({ cachedBytes });
      predict(20_100);
      await settle();
      const before = inUse();
      for (let length = 20_000; length < 20_050; length++) predict(length);
      await settle();
      return inUse() - before;
    };
    expect(await growth(2e6)).toBeLessThan(3e6);
    expect(await growth(1e9)).toBeGreaterThan(30e6);
  });

  test("training on ever-new lengths holds the bits of a cache that drops nothing", () => {
    const train = (cachedPrograms: number): unknown => {
      configure({ cachedPrograms });
      manualSeed(3);
      const model = nn.lstm(3, 4, { batchFirst: true });
      const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() });
      for (let i = 0; i < 20; i++) {
        const count = 1 + ((i * 7) % 6);
        trainer.step(randomTensor([2, count, 3], i), randomTensor([2, count, 4], i + 100));
      }
      return model.stateDict();
    };
    expect(train(1)).toEqual(train(256));
  });

  test("refuses limits that are none", () => {
    expect(() => configure({ cachedPrograms: 0 })).toThrow(
      "configure: cachedPrograms must be a whole number of at least 1; got 0",
    );
    expect(() => configure({ cachedBytes: NaN })).toThrow("configure: cachedBytes must be a whole number");
  });
});
