import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Trainer, nn, optim } from "../../src/index.ts";

const { adadelta, adagrad, adam, adamW, adamax, lion, nAdam, rAdam, rmsprop, sgd } = optim;
const MAKERS = { adadelta, adagrad, adam, adamW, adamax, lion, nAdam, rAdam, rmsprop, sgd };

test.each(Object.entries(MAKERS))("%s prints as one line with its learning rate of now", (name, make) => {
  const optimizer = make({ lr: 0.2 });
  expect(inspect(optimizer)).toBe(`${name} lr 0.2`);
  optimizer.lr = 0.05;
  expect(inspect({ optimizer })).toBe(`{ optimizer: ${name} lr 0.05 }`);
});

test("learning rates of groups follow", () => {
  const optimizer = optim.adam({ lr: 0.2, groups: [{ parameters: () => true, lr: 0.01 }] });
  expect(inspect(optimizer)).toBe("adam lr 0.2, 0.01");
});

test("a trainer prints as one line: model, loss, optimizer", () => {
  const model = nn.sequential(nn.linear(2, 3), nn.relu());
  const optimizer = optim.adam({ lr: 0.2 });
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer });
  expect(inspect(trainer)).toBe("trainer of sequential of 2: crossEntropyLoss, adam lr 0.2");
});
