import { expect, test } from "vitest";
import { Trainer, nn, optim, tensor } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const described: readonly [nn.Module, string][] = [
  [nn.hardtanh(), "hardtanh -1 to 1"],
  [nn.hardtanh(-2, 3), "hardtanh -2 to 3"],
  [nn.relu6(), "relu6"],
  [nn.hardsigmoid(), "hardsigmoid"],
  [nn.hardswish(), "hardswish"],
  [nn.hardshrink(), "hardshrink 0.5"],
  [nn.softshrink(0.2), "softshrink 0.2"],
  [nn.softsign(), "softsign"],
  [nn.mish(), "mish"],
  [nn.tanhshrink(), "tanhshrink"],
  [nn.celu(), "celu 1"],
  [nn.logSigmoid(), "logSigmoid"],
  [nn.prelu(), "prelu 1"],
  [nn.prelu(3), "prelu 3"],
];

test.each(described)("%o keeps the shape", (module, text) => {
  expect(module.describe()).toBe(text);
  expect(module.run(randomTensor([2, 3, 4], 1)).shape).toEqual([2, 3, 4]);
});

test("prelu begins with its slope and learns another", () => {
  const layer = nn.prelu(2, 0.5);
  expect(layer.stateDict()).toEqual({ weight: tensor([0.5, 0.5]) });
  const x = tensor([-1, -2, 3, 4], [2, 2]);
  expect([...layer.run(x).data]).toEqual([-0.5, -1, 3, 4]);
  const trainer = new Trainer(layer, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
  for (let step = 0; step < 60; step++) trainer.step(x, tensor([-0.25, -2, 3, 4], [2, 2]));
  expectClose(layer.stateDict()["weight"]?.data ?? [], [0.25, 1], { absolute: 1e-5 });
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.hardtanh(1, 1), "RangeError: hardtanh: minVal must be below maxVal; got 1 and 1"],
  [() => nn.hardtanh(NaN, 1), "RangeError: hardtanh: minVal must be a finite number; got NaN"],
  [() => nn.hardshrink(-1), "RangeError: hardshrink: lambda must be a finite number of at least 0; got -1"],
  [() => nn.softshrink(NaN), "RangeError: softshrink: lambda must be a finite number of at least 0; got NaN"],
  [() => nn.celu(0), "RangeError: celu: alpha must be a finite number above 0; got 0"],
  [() => nn.prelu(0), "RangeError: prelu: numParameters must be a whole number of at least 1; got 0"],
  [() => nn.prelu(1, NaN), "RangeError: prelu: init must be a finite number; got NaN"],
  [() => nn.prelu(3).run(randomTensor([3], 1)), "ShapeError: prelu: x must be [N, 3, ...]; got input [3]"],
  [() => nn.mish().run(tensor([1], undefined, "int32")), "TypeError: mish: x must be float32; got int32 input [1]"],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
