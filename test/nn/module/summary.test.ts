import { inspect } from "node:util";
import { expect, test } from "vitest";
import { type Operand, nn, ops } from "../../../src/index.ts";
import { thrownBy } from "../../support.ts";

class Scaled extends nn.Module {
  readonly scale = new nn.Parameter([4]);
  readonly inner = nn.linear(3, 4);

  override forward(input: Operand): Operand {
    return ops.multiply(this.inner.call(input), this.scale);
  }
}

test("the summary has a row for a model's own parameters and operations, and no training without a gradient", () => {
  const model = nn.sequential(new Scaled(), nn.step());
  expect(model.summary([2, 3])).toMatchInlineSnapshot(`
    "         layer          output  parameters  FLOPs
    -------  -------------  ------  ----------  -----
    0        Scaled         [2, 4]           4      8
    0.inner  linear 3 -> 4  [2, 4]          16     56
    1        step           [2, 4]           0      8

    input [2, 3], 20 parameters
    evaluation: 72 FLOP, 128 B of planned memory"
  `);
});

test("the summary refuses what cannot be trained or saved", () => {
  const weight = new nn.Parameter([3, 1]);
  const model = new (class extends nn.Module {
    override forward(input: Operand): Operand {
      return ops.matmul(input, weight);
    }
  })();
  expect(thrownBy(() => model.summary([2, 3]))).toBe(
    "TypeError: model: every parameter must be a property of a module or an element of an array property; got parameter [3, 1], which is neither",
  );
});

test("one sample, on which batch normalization could not train, has a summary too", () => {
  const summary = nn.sequential(nn.linear(3, 4), nn.batchNorm1d(4)).summary([1, 3]);
  expect(summary).toContain("batchNorm1d 4");
  expect(summary).toContain("evaluation: ");
  expect(summary).not.toContain("training");
});

test("the summary and the printed tree say what is frozen", () => {
  const model = nn.sequential(nn.linear(2, 3), nn.relu(), nn.linear(3, 4), nn.linear(4, 1));
  const [first, , second] = model.layers as [nn.Linear, nn.Module, nn.Linear];
  expect(model.summary([1, 2])).toContain("input [1, 2], 30 parameters\n");
  first.requiresGrad(false);
  second.weight.requiresGrad = false;
  expect(model.summary([1, 2])).toContain("input [1, 2], 30 parameters (9 learned)\n");
  expect(inspect(model)).toBe(
    "sequential of 4\n  0: linear 2 -> 3 (frozen)\n  1: relu\n  2: linear 3 -> 4 (partly frozen)\n  3: linear 4 -> 1",
  );
});
