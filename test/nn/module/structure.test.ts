import { describe, expect, expectTypeOf, test } from "vitest";
import { Trainer, manualSeed, nn, optim, tensor } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";

const x = randomTensor([4, 3], 1);
const sums = (...terms: readonly ArrayLike<number>[]): number[] =>
  Array.from(terms[0] ?? [], (_, i) => terms.reduce((sum, term) => sum + (term[i] ?? NaN), 0));

describe("unflatten", () => {
  test.each([
    [1, [3, 4], [2, 12, 5], [2, 3, 4, 5]],
    [-1, [-1, 2], [3, 8], [3, 4, 2]],
    [0, [6], [6], [6]],
    [0, [2, -1, 1], [6], [2, 3, 1]],
  ])("axis %i to %j", (dim, sizes, shape, expected) => {
    const given = randomTensor(shape, 1);
    const layer = nn.unflatten(dim, sizes);
    expect(layer.run(given)).toEqual(tensor(given.data, expected));
    expectGradient(layer, [given]);
  });

  test("undoes flatten", () => {
    const given = randomTensor([2, 3, 4], 1);
    expect(nn.sequential(nn.flatten(), nn.unflatten(1, [3, 4])).run(given)).toEqual(given);
    expect(nn.unflatten(1, [3, 4]).describe()).toBe("unflatten 1 to [3, 4]");
  });
});

describe("residual", () => {
  test("adds its input, or the shortcut, to what the body gives", () => {
    const [body, shortcut] = [nn.sequential(nn.linear(3, 3), nn.tanh()), nn.linear(3, 3)];
    expectClose(nn.residual(body).run(x).data, sums(body.run(x).data, x.data));
    expectClose(nn.residual(body, shortcut).run(x).data, sums(body.run(x).data, shortcut.run(x).data));
    expectGradient(nn.residual(body, shortcut), [x]);
    expectGradient(nn.residual(nn.sequential(nn.residual(body), nn.tanh())), [x]);
  });

  test("names its state by part and position", () => {
    const model = nn.residual(nn.sequential(nn.linear(3, 3), nn.relu(), nn.linear(3, 3)), nn.linear(3, 3));
    expect(Object.keys(model.stateDict())).toEqual([
      "body.0.weight",
      "body.0.bias",
      "body.2.weight",
      "body.2.bias",
      "shortcut.weight",
      "shortcut.bias",
    ]);
    expect(model.describe()).toBe("residual with a shortcut");
    expect(nn.residual(nn.tanh()).describe()).toBe("residual");
  });

  test("has the sizes of its body at compile time", () => {
    expectTypeOf(nn.sequential(nn.linear(2, 3), nn.residual(nn.linear(3, 3)), nn.linear(3, 1))).toExtend<nn.Module>();
    // @ts-expect-error "expects 3 features, but the layer before gives 2"
    nn.sequential(nn.linear(4, 2), nn.residual(nn.linear(3, 3)));
    expectTypeOf(
      nn.sequential(nn.linear(2, 3), nn.residual(nn.linear(3, 3), nn.identity()), nn.linear(3, 1)),
    ).toExtend<nn.Module>();
  });
});

describe("parallel", () => {
  const [a, b] = [nn.linear(3, 2), nn.linear(3, 5)];

  test("puts results side by side", () => {
    const model = nn.parallel([a, b, nn.identity()]);
    const out = model.run(x);
    expect(out.shape).toEqual([4, 10]);
    const parts = [a.run(x), b.run(x), x].map(({ data }) => data);
    const rows = [0, 1, 2, 3].flatMap((r) =>
      parts.flatMap((part) => [...part.subarray((r * part.length) / 4, ((r + 1) * part.length) / 4)]),
    );
    expectClose(out.data, rows);
    expectGradient(model, [x]);
    expect(model.describe()).toBe("parallel of 3, concatenated along 1");
  });

  test("adds results", () => {
    const model = nn.parallel([nn.tanh(), nn.linear(3, 3), nn.identity()], { combine: "sum" });
    const [, linear] = model.branches;
    expectClose(model.run(x).data, sums([...x.data].map(Math.tanh), linear?.run(x).data ?? [], x.data));
    expectGradient(model, [x]);
    expect(model.describe()).toBe("parallel of 3, added");
  });

  test("concatenates along any axis, and names its state by position", () => {
    const model = nn.parallel([a, nn.sequential(nn.linear(3, 2))], { dim: -2 });
    expect(model.run(x).shape).toEqual([8, 2]);
    expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.bias", "1.0.weight", "1.0.bias"]);
  });
});

test("a deep network of residual blocks and branches learns", () => {
  manualSeed(2);
  const block = (): nn.Residual => nn.residual(nn.sequential(nn.layerNorm(8), nn.linear(8, 8), nn.mish()));
  const model = nn.sequential(
    nn.parallel([nn.linear(2, 4), nn.sequential(nn.linear(2, 4), nn.tanh())]),
    block(),
    block(),
  );
  const whole = nn.sequential(model, nn.linear(8, 1));
  const trainer = new Trainer(whole, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.02 }) });
  const inputs = tensor([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const targets = tensor([0, 1, 1, 0], [4, 1]);
  for (let step = 0; step < 150; step++) trainer.step(inputs, targets);
  expectClose(whole.predict(inputs).data, targets.data, { absolute: 0.1 });
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.unflatten(0.5, [2]), "RangeError: unflatten: dim must be a whole number; got 0.5"],
  ...[[], [-1, -1], [0], [NaN, 2]].map((sizes): [() => unknown, string] => [
    () => nn.unflatten(1, sizes),
    `RangeError: unflatten: sizes must be whole numbers of at least 1, or -1 once; got [${sizes.join(",")}]`,
  ]),
  ...[
    [2, 2],
    [-1, 2],
  ].map((sizes): [() => unknown, string] => [
    () => nn.unflatten(1, sizes).run(x),
    `ShapeError: unflatten: sizes must multiply to the extent of axis 1; got [${sizes.join(", ")}] for input [4, 3]`,
  ]),
  [() => nn.unflatten(2, [1]).run(x), "RangeError: unflatten: axis must be from -2 to 1; got 2 for input [4, 3]"],
  [
    () => nn.residual(nn.linear(3, 5)).run(x),
    'ShapeError: residual: the body must give the shape of its input; got add [4, 5] from "body" (linear 3 -> 5) and input [4, 3]',
  ],
  [
    () => nn.residual(nn.flatten(), nn.linear(3, 4)).run(x),
    'ShapeError: residual: the body must give the shape of the shortcut; got input [4, 3] and add [4, 4] from "shortcut" (linear 3 -> 4)',
  ],
  [() => nn.residual(null as never), "TypeError: residual: the body must be a module; got null"],
  [() => nn.residual(nn.relu(), 3 as never), "TypeError: residual: the shortcut must be a module; got 3"],
  [() => nn.parallel([]), "TypeError: parallel: branches must be an array of at least one module; got none"],
  [
    () => nn.parallel(nn.relu() as never),
    "TypeError: parallel: branches must be an array of at least one module; got a module",
  ],
  [() => nn.parallel([nn.relu(), "relu" as never]), 'TypeError: parallel: branch 1 must be a module; got "relu"'],
  [
    () => nn.parallel([nn.relu()], { combine: "mean" as never }),
    'RangeError: parallel: combine must be "concatenate" or "sum"; got "mean"',
  ],
  [() => nn.parallel([nn.relu()], { dim: NaN }), "RangeError: parallel: dim must be a whole number; got NaN"],
  [() => nn.parallel([nn.relu()], { axis: 1 } as never), "TypeError: parallel: options must be combine, dim; got axis"],
  [
    () => nn.parallel([nn.relu(), nn.linear(3, 2)], { combine: "sum" }).run(x),
    'ShapeError: parallel: added results must have the same shape; got relu [4, 3] from "0" (relu) and add [4, 2] from "1" (linear 3 -> 2)',
  ],
  [
    () => nn.parallel([nn.relu(), nn.linear(3, 2)], { dim: 0 }).run(x),
    'ShapeError: concatenate: operands must agree in dtype, and in shape except along axis 0; got relu [4, 3] from "0" (relu) and add [4, 2] from "1" (linear 3 -> 2)',
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
