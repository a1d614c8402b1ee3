import { describe, expect, test } from "vitest";
import { Trainer, data, nn, optim } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

/** What is put in the place of every argument and every option. */
const KINDS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "-1": -1,
  "0.5": 0.5,
  NaN: NaN,
  Infinity: Infinity,
  true: true,
  "a text": "3",
  "an empty text": "",
  "a bigint": 5n,
  "a symbol": Symbol("s"),
  "an empty array": [],
  "an array": [[1, 2, 3]],
  "an array of holes": [undefined],
  "an object": { epochs: {} },
  "an empty object": {},
  "an object without prototype": Object.create(null),
  "a function": () => 1,
  "a class": class {
    readonly own = 1;
  },
  "a date": new Date(0),
  "a promise": Promise.resolve(),
};

const X = randomTensor([4, 3], 1);
const Y = randomTensor([4, 2], 2);
const SET = data.fromArrays(X, Y);
const model = nn.sequential(nn.linear(3, 4), nn.dropout(0.5), nn.linear(4, 2));
const optimizer = optim.sgd({ lr: 0.1, momentum: 0.9 });
const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
const fresh = (): object => ({ loss: nn.mseLoss(), optimizer: optim.sgd() });

type Call = (given: never) => unknown;

const fitWith = (name: string): readonly [string, Call] => [
  `fit ${name}`,
  (given) => trainer.fit(SET, { progress: false, [name]: given }),
];
const makeWith = (name: string): readonly [string, Call] => [
  `trainer ${name}`,
  (given) => new Trainer(model, { ...fresh(), [name]: given } as never),
];

/** What has no options, so that all are as they are by default. */
const EMPTY = ["undefined", "an empty object", "an object without prototype", "a date", "a promise"];

/** Each takes one wrong thing; and what it takes of the above, or gives as a default for undefined. */
const calls: readonly (readonly [string, Call, ...string[]])[] = [
  ["new Trainer(_, options)", (given) => new Trainer(given, fresh() as never)],
  ["new Trainer(model, _)", (given) => new Trainer(model, given)],
  [...makeWith("loss"), "a function", "a class"],
  makeWith("optimizer"),
  [...makeWith("regularization"), ...EMPTY],
  [...makeWith("clip"), "undefined"],
  [...makeWith("accumulate"), "undefined"],
  [...makeWith("averaging"), ...EMPTY],
  ["step(_, y)", (given) => trainer.step(given, Y)],
  ["step(x, _)", (given) => trainer.step(X, given)],
  ["step(x, y, _)", (given) => trainer.step(X, Y, given), ...EMPTY],
  ["step weights", (given) => trainer.step(X, Y, { weights: given }), "undefined"],
  ["profile(_, y)", (given) => trainer.profile(given, Y)],
  ["profile runs", (given) => trainer.profile(X, Y, { runs: given }), "undefined"],
  ["stepProgram(x, _)", (given) => trainer.stepProgram(X, given)],
  ["evaluate(_)", (given) => trainer.evaluate(given)],
  ["evaluate(set, _)", (given) => trainer.evaluate(SET, given), ...EMPTY],
  ["evaluate batchSize", (given) => trainer.evaluate(SET, { batchSize: given }), "undefined"],
  ["fit(_)", (given) => trainer.fit(given)],
  ["fit(set, _)", (given) => trainer.fit(SET, given), ...EMPTY],
  ...["epochs", "batchSize", "validation", "signal", "schedule", "scheduleBy", "nonFinite"].map(
    (name) => [...fitWith(name), "undefined"] as const,
  ),
  ...["shuffle", "dropLast", "progress"].map((name) => [...fitWith(name), "undefined", "true"] as const),
  ...["onStep", "onEpoch"].map((name) => [...fitWith(name), "undefined", "a function", "a class"] as const),
  ["fromArrays(_, y)", (given) => data.fromArrays(given, [[1], [2]])],
  ["fromArrays(x, _)", (given) => data.fromArrays(X, given)],
  ["fromArrays named", (given) => data.fromArrays({ x: given }, Y)],
  ["fromArrays listed", (given) => data.fromArrays([X, given], Y)],
  ["fromArrays(x, y, _)", (given) => data.fromArrays(X, Y, given), ...EMPTY],
  ["fromArrays weights", (given) => data.fromArrays(X, Y, { weights: given }), "undefined"],
  ["subset(_)", (given) => data.subset(given, [0])],
  ["subset(set, _)", (given) => data.subset(SET, given), "an empty array"],
  ["subset(set, [_])", (given) => data.subset(SET, [given])],
  ["batches(_)", (given) => data.batches(given)],
  ["batches(set, _)", (given) => data.batches(SET, given), ...EMPTY],
  ["batches batchSize", (given) => data.batches(SET, { batchSize: given }), "undefined"],
  ["batches shuffle", (given) => data.batches(SET, { shuffle: given }), "undefined", "true"],
  ["batches dropLast", (given) => data.batches(SET, { dropLast: given }), "undefined", "true"],
  [
    "averaging useBuffers",
    (given) => new Trainer(model, { ...fresh(), averaging: { useBuffers: given } } as never),
    "undefined",
    "true",
  ],
  ["averaging start", (given) => new Trainer(model, { ...fresh(), averaging: { start: given } } as never), "undefined"],
  ["averaging by", (given) => new Trainer(model, { ...fresh(), averaging: { by: given } } as never), "undefined"],
  ["split(_)", (given) => data.split(given, { test: 0.5 })],
  ["standardize(_)", (given) => data.standardize(given)],
  ["requiresGrad = _", (given) => ((model.parameters()[0] as nn.Parameter).requiresGrad = given), "true"],
];

/** What was thrown or rejected with; undefined where nothing was. */
async function failureOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(calls.map(([name, call, ...taken]) => ({ name, call, taken })))("$name", ({ call, taken }) => {
  const rows = Object.entries(KINDS).filter(([kind]) => !taken.includes(kind));
  test.each(rows)("refuses %s by an error of ours, and nothing changes", async (kind, given) => {
    const state = (): unknown => [model.stateDict(), optimizer.steps, model.training, SET.x.data.slice(), SET.length];
    const before = state();
    const failure = await failureOf(() => call(given as never));
    expect(failure).toBeInstanceOf(Error);
    // `where: what must hold; got what`: V8's own say nothing of what was got.
    expect(String(failure)).toMatch(/^(TypeError|RangeError|ShapeError): [\w[\]., :]+: .*; got ./s);
    expect(state(), kind).toEqual(before);
  });
});

test("a trainer that was refused leaves its optimizer free", () => {
  const free = optim.sgd({ lr: 0.1 });
  for (const wrong of [
    { loss: nn.mseLoss },
    { clip: null },
    { accumulate: 0 },
    { averaging: 3 },
    { regularization: [1] },
  ]) {
    expect(() => new Trainer(model, { loss: nn.mseLoss(), optimizer: free, ...wrong } as never)).toThrow(/; got /);
  }
  expect(new Trainer(nn.linear(3, 2), { loss: nn.mseLoss(), optimizer: free }).step(X, Y)).toBeGreaterThan(0);
});
