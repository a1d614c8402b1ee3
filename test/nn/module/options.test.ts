import { expect, test } from "vitest";
import { Trainer, monteCarlo, nn, optim, tensor, vjp } from "../../../src/index.ts";
import { thrownBy } from "../../support.ts";

const arrays =
  "Float32Array, Float64Array, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array";
const ofAdam = "options must be lr, weightDecay, l1, maxNorm, groups, betas, eps, amsgrad";

const refused: readonly [() => unknown, string][] = [
  [() => optim.adam({ learningRate: 5 } as never), `TypeError: adam: ${ofAdam}; got learningRate`],
  [() => optim.adamW({ lr: 1, a: 1, b: 1 } as never), `TypeError: adamW: ${ofAdam}; got a, b`],
  [
    () => optim.sgd({ weight_decay: 1 } as never),
    "TypeError: sgd: options must be lr, weightDecay, l1, maxNorm, groups, momentum, dampening, nesterov; got weight_decay",
  ],
  [() => optim.adam(0.1 as never), "TypeError: adam: options must be an object; got 0.1"],
  [() => optim.sgd(null as never), "TypeError: sgd: options must be an object; got null"],
  [() => optim.adam({ betas: [0.9] as never }), "TypeError: adam: betas must be two numbers; got [0.9]"],
  [() => optim.adamW({ betas: 0.9 as never }), "TypeError: adamW: betas must be two numbers; got 0.9"],
  [() => optim.adam({ betas: [0.9, 1] }), "RangeError: adam: betas[1] must be from 0 to below 1; got 1"],
  [
    () => optim.adam({ betas: ["0.9", 0.9] as never }),
    'RangeError: adam: betas[0] must be from 0 to below 1; got "0.9"',
  ],
  [() => optim.adadelta({ rho: "0.9" as never }), 'RangeError: adadelta: rho must be from 0 to below 1; got "0.9"'],
  [() => optim.adam({ lr: "0.1" as never }), 'RangeError: adam: lr must be a finite number of at least 0; got "0.1"'],
  [() => nn.linear("4" as never, 1), 'RangeError: linear: inFeatures must be a whole number of at least 1; got "4"'],
  [() => nn.dropout(0.5, null as never), "TypeError: dropout: options must be an object; got null"],
  [() => nn.crossEntropyLoss(null as never), "TypeError: crossEntropyLoss: options must be an object; got null"],
  [() => nn.nllLoss(null as never), "TypeError: nllLoss: options must be an object; got null"],
  [() => nn.klDivLoss(null as never), "TypeError: klDivLoss: options must be an object; got null"],
  [
    () => nn.weightDrop(nn.linear(1, 1), "weight" as never),
    'TypeError: weightDrop: names must be an array of at least one; got "weight"',
  ],
  [() => nn.weightDrop(nn.linear(1, 1), []), "TypeError: weightDrop: names must be an array of at least one; got []"],
  [
    () => nn.concreteDropout(nn.linear(1, 1), { axes: 1 as never }),
    "TypeError: concreteDropout: axes must be an array of whole numbers; got 1",
  ],
  [() => nn.linear(1, 1, { biases: false } as never), "TypeError: linear: options must be bias; got biases"],
  [() => nn.linear(1, 1, false as never), "TypeError: linear: options must be an object; got false"],
  [() => nn.gelu({ approx: "tanh" } as never), "TypeError: gelu: options must be approximate; got approx"],
  [() => nn.softplus({ alpha: 1 } as never), "TypeError: softplus: options must be beta, threshold; got alpha"],
  [
    () => nn.init.kaimingNormal(new nn.Parameter([2, 2]), { fan: "fanOut" } as never),
    "TypeError: kaiming: options must be a, mode, nonlinearity; got fan",
  ],
  [
    () => tensor([1, 2], undefined, "float64" as never),
    'RangeError: tensor: dtype must be "float32" or "int32"; got "float64"',
  ],
  [() => tensor(new BigInt64Array(2) as never), `TypeError: tensor: typed arrays must be ${arrays}; got BigInt64Array`],
  [
    () => tensor(new BigUint64Array(2) as never, [2], "float32"),
    `TypeError: tensor: typed arrays must be ${arrays}; got BigUint64Array`,
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});

const noModule = {} as nn.Module;
test.each([
  [() => nn.weightDrop(noModule, ["weight"]), "weightDrop: the layer"],
  [() => nn.embeddingDropout(noModule), "embeddingDropout: the embedding"],
  [() => nn.concreteDropout(noModule), "concreteDropout: the layer"],
  [() => nn.stochasticDepth(noModule, 0.5), "stochasticDepth: the body"],
  [() => nn.dropConnect(1, 1, { activation: noModule }), "dropConnect: activation"],
  [() => nn.prune(noModule, { amount: 0.5 }), "prune: the model"],
  [() => nn.removePruning(noModule), "removePruning: the model"],
  [() => nn.sparsity(noModule), "sparsity: the model"],
  [() => monteCarlo(noModule, tensor([1])), "monteCarlo: the model"],
  [() => vjp(noModule, [tensor([1])], tensor([1])), "vjp: the model"],
  [() => new Trainer(noModule, { loss: nn.mseLoss(), optimizer: optim.adam() }), "trainer: the model"],
])("%s: no module is refused", (act, what) => {
  expect(thrownBy(act)).toBe(`TypeError: ${what} must be a module; got {}`);
});

test("all options of an optimizer are known to it", () => {
  const common = { lr: 0.1, weightDecay: 0.1, l1: 0.1 };
  expect(optim.sgd({ ...common, momentum: 0.9, dampening: 0, nesterov: true }).lr).toBe(0.1);
  expect(optim.adam({ ...common, betas: [0.5, 0.9], eps: 1e-6, amsgrad: true }).lr).toBe(0.1);
});
