import { describe, expect, test } from "vitest";
import { Operand, Trainer, nn, optim, tensor, vjp } from "../../../src/index.ts";
import { addEffect } from "../../../src/graph/scope.ts";
import { call } from "../../../src/graph/call.ts";
import { StateDictError } from "../../../src/base/errors.ts";

/** Counts its runs while training, twice if it stands in two places. */
class Counting extends nn.Module {
  readonly weight = new nn.Parameter([2]);
  readonly runs = new nn.Buffer([1]);
  readonly seen = new nn.Buffer([], "int32");

  override forward(x: Operand): Operand {
    const { runs } = this;
    if (this.training) {
      addEffect(() => new Operand("count", [0], [runs], { calls: () => [call("affine", runs, runs, 1, 1, 1)] }));
    }
    return new Operand("times", x.shape, [x, this.weight], {
      calls: (out) => [call("affine", x, out, 2, 0, x.size)],
      gradient: (dOut) => [dOut, null],
    });
  }
}

const x = tensor([1, 2]);

describe("buffers", () => {
  test("are saved after the parameters, with their dtype, and loaded", () => {
    const model = new nn.Sequential(new Counting());
    expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.runs", "0.seen"]);
    const state = { "0.weight": tensor([3, 4]), "0.runs": tensor([5]), "0.seen": tensor(6, [], "int32") };
    model.loadStateDict(state);
    expect(model.stateDict()).toEqual(state);
    expect(() => model.loadStateDict({ ...state, "0.seen": tensor(6) })).toThrow(
      new StateDictError(
        'loadStateDict: the entries must be those of the model; got "0.seen" as float32 instead of int32',
      ),
    );
  });

  test("are no parameters", () => {
    expect(new Counting().namedParameters().map(([name]) => name)).toEqual(["weight"]);
  });

  test("change at each run of a program that asks for it, once for each use, and in no other", () => {
    const layer = new Counting();
    const model = new nn.Sequential(layer, layer);
    const runs = (): number | undefined => layer.stateDict()["runs"]?.item();
    model.run(x);
    expect(runs()).toBe(2);
    vjp(model, [x], x);
    expect(runs()).toBe(4);
    model.predict(x);
    model.eval().run(x);
    expect(runs()).toBe(4);
    model.train();
    new Trainer(new nn.Sequential(model, nn.linear(2, 2)), { loss: nn.mseLoss(), optimizer: optim.sgd() }).step(
      tensor([[1, 2]]),
      tensor([[1, 2]]),
    );
    expect(runs()).toBe(6);
    model.profile(x);
    expect(runs()).toBe(6);
  });
});
