import { describe, expect, test } from "vitest";
import { type Operand, nn, ops, optim, Trainer } from "../../src/index.ts";
import { expectClose } from "../support.ts";
import { sharingEveryRun } from "../threads/shared-runs.ts";
import { type Stored, casesOf, load } from "./fixtures.ts";

/** Gradients of two parameters, and what PyTorch's clip_grad_norm_ makes of them. */
interface ClipCase {
  readonly name: string;
  readonly maxNorm: number;
  readonly gradients: readonly [Stored, Stored];
  readonly totalNorm: number;
  readonly clipped: readonly [Stored, Stored];
}

const ways = [1, 2].flatMap((threads) => [true, false].map((reproducible) => ({ threads, reproducible })));
describe.each(ways)("PyTorch's clipping, threads: $threads, reproducible: $reproducible", (settings) => {
  sharingEveryRun(settings);

  test.each(casesOf<ClipCase>("clipping"))("$name", ({ gradients: [first, second], maxNorm, totalNorm, clipped }) => {
    class Given extends nn.Module {
      readonly first = new nn.Parameter(first.shape);
      readonly second = new nn.Parameter(second.shape);
      override forward(g: Operand): Operand {
        const rest = ops.reshape(ops.slice(g, 0, this.first.size, this.first.size + this.second.size), second.shape);
        const own = ops.multiply(this.first, ops.slice(g, 0, 0, this.first.size));
        return ops.add(ops.sum(own), ops.sum(ops.multiply(this.second, rest)));
      }
    }
    const model = new Given();
    const loss = new nn.Loss("first", (prediction) => prediction);
    // From 0, a step of 1 gives the gradient that the optimizer saw.
    const trainer = new Trainer(model, { loss, optimizer: optim.sgd({ lr: 1 }), clip: { norm: maxNorm } });
    const both = [...first.data, ...second.data];
    trainer.step(load({ shape: [both.length], data: both }), load({ shape: [1], data: [0] }));
    expectClose([trainer.gradientNorm ?? NaN], [totalNorm], { what: "norm" });
    const changes = [...model.first.read(), ...model.second.read()].map((value) => -value);
    expectClose(changes, [...clipped[0].data, ...clipped[1].data], { what: "clipped" });
    expect(trainer.options.optimizer.steps).toBe(1);
  });
});
