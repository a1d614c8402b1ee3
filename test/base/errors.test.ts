import { expect, test } from "vitest";
import { nn, optim, tensor } from "../../src/index.ts";
import { shown } from "../../src/base/errors.ts";
import { thrownBy } from "../support.ts";

const cycle: Record<string, unknown> = { name: "c" };
cycle["self"] = cycle;
const list: unknown[] = [1];
list.push(list);
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();

test.each(
  [
    ["0.5", '"0.5"'],
    [0.5, "0.5"],
    [-0, "-0"],
    [3n, "3n"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [() => 1, "a function"],
    [[1, "a", [2n]], '[1,"a",[2n]]'],
    [{ lr: 0.1 }, '{"lr":0.1}'],
    [cycle, '{"name":"c","self":{"name":"c","self":{"name":"c","self":...'],
    [list, "[1,[1,[1,[...]]]]"],
    [new Date(0), "a Date"],
    [new (class extends Map {})(), "an object"],
    [new Float32Array(4), "a Float32Array"],
    [Object.create(null), "{}"],
    [proxy, "an object"],
    [tensor([1]), "a tensor"],
    [nn.relu(), "a module"],
    [nn.mseLoss(), "a loss"],
    [optim.sgd(), "an optimizer"],
    [new nn.Parameter([1]), "an operand"],
    ["\u001b[2J\u007f\u009b", String.raw`"\u001b[2J\u007f\u009b"`],
    ["x".repeat(1000), `"${"x".repeat(56)}...`],
    [Array.from({ length: 1e6 }, () => 0), "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,...]"],
  ].map(([value, text]): [() => unknown, unknown] => [() => value, text]),
)("shown: %#", (value, text) => {
  expect(shown(value())).toBe(text);
  expect(String(text).length).toBeLessThanOrEqual(60);
});

test.each<[() => unknown, string]>([
  [
    () => nn.mseLoss({ reduction: 3n as never }),
    'RangeError: mseLoss: reduction must be "none", "mean" or "sum"; got 3n',
  ],
  [
    () => nn.mseLoss({ reduction: cycle as never }),
    'RangeError: mseLoss: reduction must be "none", "mean" or "sum"; got {"name":"c","self":{"name":"c","self":{"name":"c","self":...',
  ],
  [
    () => nn.linear(1, 1, new Float32Array(99) as never),
    "TypeError: linear: options must be bias; got 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,...",
  ],
  [
    () => nn.linear(1, 1, { "\u001b[2J": 1 } as never),
    String.raw`TypeError: linear: options must be bias; got \u001b[2J`,
  ],
  [() => nn.layerNorm(null as never), "TypeError: layerNorm: normalizedShape must be an array; got null"],
  [() => nn.dropout(Symbol("p") as never), "RangeError: dropout: p must be from 0 to 1; got Symbol(p)"],
  [() => nn.linear(1, 1, [] as never), "TypeError: linear: options must be an object; got []"],
  [() => nn.linear(1, 1, { bias: "no" as never }), 'TypeError: linear: bias must be true or false; got "no"'],
  [() => optim.sgd({ lr: 1e300 }), "RangeError: sgd: lr must be finite as float32, at most 3.4028234e38; got 1e+300"],
  [() => optim.adam({ eps: 1e-300 }), "RangeError: adam: eps must be a finite number above 0 as float32; got 1e-300"],
  [
    () => nn.linear(2 ** 31, 1),
    "RangeError: linear: inFeatures must be a whole number from 1 to 2147483647; got 2147483648",
  ],
  [
    () => nn.crossEntropyLoss({ ignoreIndex: 2 ** 32 + 1 }),
    "RangeError: crossEntropyLoss: ignoreIndex must be a whole number from -2147483648 to 2147483647; got 4294967297",
  ],
  [
    () => nn.conv2d(1, 1, 2 ** 32 + 1),
    "RangeError: conv2d: kernelSize must be a whole number from 1 to 2147483647; got 4294967297",
  ],
])("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
