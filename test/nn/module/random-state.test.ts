import { describe, expect, test } from "vitest";
import { StateDictError, Trainer, manualSeed, nn, optim, tensor } from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";

const [x, y] = [randomTensor([8, 6], 1), randomTensor([8, 2], 2)];

function makeTrainer(seed: number): Trainer {
  manualSeed(seed);
  const model = nn.sequential(
    nn.gaussianNoise(0.1),
    nn.linear(6, 10),
    nn.tanh(),
    nn.dropout(0.5),
    nn.stochasticDepth(nn.sequential(nn.linear(10, 10), nn.alphaDropout(0.2)), 0.5),
    nn.dropConnect(10, 2),
  );
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
}

const losses = (trainer: Trainer, steps: number): number[] => Array.from({ length: steps }, () => trainer.step(x, y));

describe("the random state of a model", () => {
  test("lets a training go on, after save and load, with the masks that it would have had", () => {
    const whole = makeTrainer(1);
    losses(whole, 5);
    const [state, random] = [whole.model.stateDict(), whole.model.randomState()];
    const rest = losses(whole, 5);
    const resumed = makeTrainer(2);
    losses(resumed, 3);
    resumed.model.loadStateDict(state);
    resumed.model.loadRandomState(random);
    expect(losses(resumed, 5)).toEqual(rest);
    // The weights alone are not enough.
    resumed.model.loadStateDict(state);
    expect(losses(resumed, 5)).not.toEqual(rest);
  });

  test("has a row for each layer that draws, and no state dict has them", () => {
    const { model } = makeTrainer(1);
    expect(Object.keys(model.randomState())).toEqual([
      "0.counter",
      "3.counter",
      "4.counter",
      "4.body.1.counter",
      "5.counter",
    ]);
    expect(Object.keys(model.stateDict()).some((name) => name.includes("counter"))).toBe(false);
    expect(Object.keys(nn.dropout().randomState())).toEqual(["counter"]);
  });

  const layer = nn.sequential(nn.dropout(0.5));
  const good = layer.randomState();
  test.each([
    [null, "loadRandomState: the state must be an object of tensors; got null"],
    [{}, 'loadRandomState: the entries must be those of the model; got no "0.counter"'],
    [
      { ...good, "1.counter": tensor([1]) },
      'loadRandomState: the entries must be those of the model; got unknown "1.counter"',
    ],
    [
      { "0.counter": tensor([1, 2, 3, 4]) },
      'loadRandomState: the entries must be those of the model; got "0.counter" as float32 [4] instead of int32 [4]',
    ],
  ])("%j is refused", (state, message) => {
    expect(() => layer.loadRandomState(state as never)).toThrow(new StateDictError(message));
    expect(layer.randomState()).toEqual(good);
  });
});
