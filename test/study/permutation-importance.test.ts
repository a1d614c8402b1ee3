import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, Trainer, data, metrics, nn, optim, tensor } from "../../src/index.ts";
import { permutationImportance } from "../../src/study/index.ts";
import { globalRandomState } from "../../src/runtime/random.ts";
import { importances } from "../../src/study/permutation-importance.ts";
import { Lambda, expectClose } from "../support.ts";
import * as ops from "../../src/ops/index.ts";
import { fixtures } from "./fixtures.ts";

function linear(weights: readonly (readonly number[])[]): nn.Module {
  const layer = nn.linear(weights[0]?.length ?? 0, weights.length, { bias: false });
  layer.loadStateDict({ weight: tensor(weights.map((row) => [...row])) });
  return layer;
}

const { regression, classes } = fixtures.importances;
const table = data.fromArrays(tensor(classes.x), tensor(Int32Array.from(classes.y)));
const model = linear(classes.weights);
const options = { metric: metrics.accuracy };

describe("importances by the permutations that scikit-learn drew are its", () => {
  const settings = { repeats: 4, features: undefined, groups: {} } as const;
  const ordersOf =
    ({ orders }: typeof regression) =>
    (_: number, repeat: number): Int32Array =>
      Int32Array.from(orders[repeat] ?? []);

  test.each([
    [
      "regression",
      regression,
      data.fromArrays(tensor(regression.x), tensor(regression.y.map((value) => [value]))),
      metrics.meanSquaredError,
      "lower",
    ],
    ["classes", classes, table, metrics.accuracy, "higher"],
  ] as const)("%s", async (_, expected, set, metric, better) => {
    const found = await importances<Tensor, Tensor>(
      linear(expected.weights),
      set,
      { ...settings, metric, better },
      ordersOf(expected),
    );
    found.features.forEach(({ drops, mean, deviation }, i) => {
      expectClose(drops, expected.drops[i] ?? []);
      expectClose([mean, deviation], [expected.mean[i] ?? NaN, expected.deviation[i] ?? NaN]);
    });
    expect(found.features).toHaveLength(3);
  });
});

describe("permutationImportance", () => {
  test("is a function of the seed, and draws nothing from the random numbers of the program", async () => {
    const before = globalRandomState();
    const first = await permutationImportance(model, table, options);
    expect(await permutationImportance(model, table, options)).toEqual(first);
    expect(await permutationImportance(model, table, { ...options, seed: 1 })).not.toEqual(first);
    expect(globalRandomState()).toEqual(before);
  });

  test("changes neither the samples nor the model", async () => {
    const [x, state] = [table.x.toArray(), model.stateDict()];
    await permutationImportance(model, table, options);
    expect(table.x.toArray()).toEqual(x);
    expect(model.stateDict()).toEqual(state);
  });

  test("a column without influence has none, and repeats differ", async () => {
    const set = data.fromArrays(tensor(regression.x), tensor(regression.y.map((value) => [value])));
    const { features } = await permutationImportance<Tensor, Tensor>(linear(regression.weights), set, {
      metric: metrics.meanSquaredError,
      better: "lower",
    });
    expect(features[2]?.drops).toEqual(Array.from({ length: 10 }, () => 0));
    expect(new Set(features[0]?.drops).size).toBe(10);
  });

  test("shuffles the columns of a group together", async () => {
    // The model depends on whether two columns agree, which shuffling both together keeps.
    const agree = new Lambda((x) => ops.square(ops.subtract(ops.slice(x, 1, 0, 1), ops.slice(x, 1, 1, 2))));
    const x = tensor(Array.from({ length: 16 }, (_, i) => [i % 4, i % 4, i % 3]));
    const set = data.fromArrays(x, tensor(Array.from({ length: 16 }, () => [0])));
    const mse = { metric: metrics.meanSquaredError, better: "lower" } as const;
    const alone = await permutationImportance<Tensor, Tensor>(agree, set, { ...mse, features: ["a", "b", "c"] });
    expect(alone.features.map(({ feature, mean }) => [feature, mean > 0])).toEqual([
      ["a", true],
      ["b", true],
      ["c", false],
    ]);
    const grouped = await permutationImportance<Tensor, Tensor>(agree, set, { ...mse, groups: { both: [0, 1] } });
    expect(grouped.features.map(({ feature, columns, mean }) => [feature, columns, mean])).toEqual([
      ["both", [0, 1], 0],
      ["2", [2], 0],
    ]);
  });

  test("takes a trainer, and several inputs by name", async () => {
    class Pair extends nn.Module {
      override readonly inputNames = ["a", "b"];
      readonly layer = nn.linear(2, 1);
      override forward(a: Operand, b: Operand): Operand {
        return ops.add(this.layer.call(a), b);
      }
    }
    const pair = new Pair();
    const trainer = new Trainer(pair, { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const set = data.fromArrays(
      {
        a: tensor(classes.x.map((row) => row.slice(0, 2))),
        b: tensor(classes.y.map((y) => [y])),
      },
      tensor(classes.y.map((y) => [y])),
    );
    const { features } = await permutationImportance(trainer, set, {
      metric: metrics.meanSquaredError,
      better: "lower",
    });
    expect(features.map(({ feature }) => feature)).toEqual(["x.a[0]", "x.a[1]", "x.b[0]"]);
    expect(features[2]?.drops.every((drop) => drop !== 0)).toBe(true);
  });

  test("prints the most important first", async () => {
    const found = await permutationImportance(model, table, { ...options, features: ["age", "income", "debt"] });
    expect(String(found)).toMatch(
      /^feature +importance +deviation\n[- ]+\nage .*\n.*\n.*\nmetric of all features: 0\.\d{4}$/,
    );
  });

  test.each([
    [{ groups: { city: [3] } }, "permutationImportance: groups.city must be columns from 0 to 2; got 3"],
    [{ groups: { city: [] } }, "permutationImportance: groups.city must have at least one column; got none"],
    [{ features: ["a"] }, 'permutationImportance: features must be a name for each of 3 columns; got ["a"]'],
    [{ repeats: 0 }, "permutationImportance: repeats must be a whole number of at least 1; got 0"],
    [{ metric: () => NaN }, "permutationImportance: metric must give a number; got NaN"],
    [
      {
        metric: () => {
          throw new Error("no");
        },
      },
      "permutationImportance: metric must give a number; got Error: no",
    ],
  ])("refuses %o", async (wrong, message) => {
    await expect(permutationImportance(model, table, { ...options, ...wrong })).rejects.toThrow(message);
  });

  test("refuses one sample", async () => {
    await expect(permutationImportance(model, data.subset(table, [0]), options)).rejects.toThrow(
      "permutationImportance: the number of samples must be a whole number of at least 2; got 1",
    );
  });
});
