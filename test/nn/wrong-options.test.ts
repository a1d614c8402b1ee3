import { describe, expect, test } from "vitest";
import { nn, optim } from "../../src/index.ts";
import { shown } from "../../src/errors.ts";

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;
const wrong: readonly unknown[] = [
  ...[null, undefined, NaN, "3", 3n, {}, [], () => 1, Symbol("s"), true, -1, 0.5, 1e300, 2 ** 32 + 1, [[1]]],
  ...[new Date(0), cycle, Infinity],
];

type Made = (...given: readonly unknown[]) => unknown;

const linear = nn.linear(4, 4);
/** Arguments that are right, so that one of them can be replaced. */
const right: Readonly<Record<string, readonly unknown[]>> = {
  adaptiveAvgPool1d: [2],
  adaptiveAvgPool2d: [2],
  avgPool1d: [2],
  avgPool2d: [2],
  batchNorm1d: [4],
  batchNorm2d: [4],
  concreteDropout: [linear],
  conv1d: [2, 2, 3],
  conv2d: [2, 2, 3],
  convTranspose2d: [2, 2, 3],
  dropBlock2d: [3, 0.5],
  dropConnect: [4, 4],
  embedding: [5, 4],
  embeddingDropout: [nn.embedding(5, 4), 0.5],
  flatten: [1, -1],
  groupNorm: [2, 4],
  gru: [4, 4],
  layerNorm: [4],
  linear: [4, 4],
  lstm: [4, 4],
  maxPool1d: [2],
  maxPool2d: [2],
  multiheadAttention: [4, 2],
  parallel: [[linear]],
  positionalEncoding: [4],
  prune: [linear],
  residual: [linear],
  rmsNorm: [4],
  rnn: [4, 4],
  stochasticDepth: [linear, 0.5],
  transformerEncoderLayer: [4, 2],
  unflatten: [1, [2, 2]],
  weightDrop: [linear, ["weight"], 0.5],
};

function functionsOf(holder: object): [string, Made][] {
  return Object.entries(holder).filter(
    (entry): entry is [string, Made] => typeof entry[1] === "function" && /^[a-z]/.test(entry[0]),
  );
}

/** The names of a function's options, as it says itself when it refuses another. */
function optionsOf(make: Made, given: readonly unknown[]): readonly string[] {
  try {
    make(...given, { none: 1 });
  } catch (error) {
    return /options must be ([^;]*); got none/.exec(String(error))?.[1]?.split(", ") ?? [];
  }
  return [];
}

/** What an error says that is not one of the library's own. */
function oddError(act: () => unknown, what: string): string[] {
  try {
    act();
    return [];
  } catch (error) {
    return /^(?:Range|Type|Shape)Error: \S.* (?:must|needs) .*; got /.test(String(error))
      ? []
      : [`${what}: ${String(error)}`];
  }
}

function oddErrors(name: string, make: Made): string[] {
  const given = right[name] ?? [];
  const options = optionsOf(make, given);
  return wrong.flatMap((value) => [
    ...given.flatMap((_, i) =>
      oddError(() => make(...given.with(i, value)), `${name}(${shown(value)} as argument ${i})`),
    ),
    ...oddError(() => make(...given, value), `${name}(..., ${shown(value)})`),
    ...options.flatMap((option) =>
      oddError(() => make(...given, { [option]: value }), `${name}({ ${option}: ${shown(value)} })`),
    ),
  ]);
}

describe("a wrong option of any kind is refused by the library, not by the engine", () => {
  test.each(functionsOf(nn))("nn.%s", (name, make) => {
    expect(oddErrors(name, make)).toEqual([]);
  });

  test.each(functionsOf(nn.init).filter(([name]) => name !== "calculateGain"))("nn.init.%s", (_, make) => {
    const parameter = new nn.Parameter([3, 3]);
    const found = wrong.flatMap((value) => [
      ...oddError(() => make(value), "parameter"),
      ...oddError(() => make(parameter, value), shown(value)),
      ...oddError(() => make(parameter, 0.1, value), shown(value)),
    ]);
    expect(found).toEqual([]);
  });

  test.each(functionsOf(optim))("optim.%s", (name, make) => {
    const optimizer = optim.sgd({ momentum: 0.9 });
    const found = wrong.flatMap((value) => [
      ...oddError(() => make(value), `${name}(${shown(value)})`),
      ...oddError(() => make(optimizer, value), `${name}(optimizer, ${shown(value)})`),
      ...oddError(() => make(optimizer, 0.1, value), `${name}(optimizer, 0.1, ${shown(value)})`),
      ...optionsOf(make, []).flatMap((option) =>
        oddError(() => make({ [option]: value }), `${name}({ ${option}: ${shown(value)} })`),
      ),
      ...optionsOf(make, [optimizer]).flatMap((option) =>
        oddError(() => make(optimizer, { [option]: value }), `${name}(optimizer, { ${option}: ${shown(value)} })`),
      ),
    ]);
    expect(found).toEqual([]);
  });
});
