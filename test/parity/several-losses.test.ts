import { describe, expect, test } from "vitest";
import { type Operand, Trainer, data, nn, ops, optim, vjp } from "../../src/index.ts";
import { expectClose } from "../support.ts";
import { sharingEveryRun } from "../threads/shared-runs.ts";
import { type Stored, casesOf, load, loadAll } from "./fixtures.ts";

/** Steps of SGD on a network with two heads, by `factors.price` times one loss plus `factors.kind` times the other. */
interface SeveralLossesCase {
  readonly name: string;
  readonly factors: Readonly<Record<"price" | "kind", number>>;
  readonly classWeights: readonly number[];
  readonly reduction: "mean" | "sum";
  readonly l2: number;
  /** Of samples. */
  readonly weights: readonly number[] | null;
  readonly lr: number;
  readonly x: Stored;
  readonly price: Stored;
  readonly labels: Stored;
  readonly start: Readonly<Record<string, Stored>>;
  readonly steps: readonly { readonly total: number; readonly price: number; readonly kind: number }[];
  /** Of the first step. */
  readonly gradients: Readonly<Record<string, Stored>>;
  readonly end: Readonly<Record<string, Stored>>;
}

class Heads extends nn.Module {
  readonly body = nn.linear(3, 5);
  readonly price = nn.linear(5, 1);
  readonly kind = nn.linear(5, 4);

  // In another order than the losses.
  override forward(x: Operand): { kind: Operand; price: Operand } {
    const h = ops.tanh(this.body.call(x));
    return { kind: this.kind.call(h), price: this.price.call(h) };
  }
}

function make(given: SeveralLossesCase, lr: number): { trainer: Trainer; model: Heads } {
  const model = new Heads();
  model.loadStateDict(loadAll(given.start));
  const loss = {
    price: nn.mseLoss(),
    kind: nn.crossEntropyLoss({ weight: given.classWeights, reduction: given.reduction }),
  };
  const options = {
    loss,
    lossWeights: given.factors,
    optimizer: optim.sgd({ lr }),
    regularization: { l2: given.l2 },
  };
  return { trainer: new Trainer(model, options), model };
}

const ways = [1, 2].flatMap((threads) => [true, false].map((reproducible) => ({ threads, reproducible })));
describe.each(ways)("PyTorch's sums of losses, threads: $threads, reproducible: $reproducible", (settings) => {
  sharingEveryRun(settings);

  test.each(casesOf<SeveralLossesCase>("several-losses"))("$name", async (given) => {
    const [x, price, kind] = [load(given.x), load(given.price), load(given.labels)];
    const weights = given.weights && { weights: Float32Array.from(given.weights) };
    const set = data.fromArrays(x, { price, kind }, weights ?? {});
    // From 0, a step of 1 changes parameters by the gradient.
    const one = make(given, 1);
    const before = one.model.stateDict();
    one.trainer.step(set.x, set.y, set.weights ? { weights: set.weights } : {});
    for (const [name, after] of Object.entries(one.model.stateDict())) {
      const changes = after.data.map((value, i) => (before[name]?.data[i] ?? NaN) - value);
      expectClose(changes, given.gradients[name]?.data ?? [], { what: name });
    }

    const { trainer } = make(given, given.lr);
    const factor = given.reduction === "sum" ? 1 / set.length : 1;
    const evaluation = trainer.evaluate(set, { batchSize: 3 });
    const [first] = given.steps;
    const [ofPrice, ofKind] = [first?.price ?? NaN, (first?.kind ?? NaN) * factor];
    expectClose(Object.values(evaluation.losses ?? {}), [ofPrice, ofKind], { what: "losses" });
    const sum = given.factors.price * ofPrice + given.factors.kind * ofKind;
    expectClose([evaluation.loss], [sum], { what: "their sum" });

    const totals: number[] = [];
    const { epochs } = await trainer.fit(set, {
      epochs: given.steps.length,
      batchSize: set.length,
      shuffle: false,
      progress: false,
      onStep: ({ loss }) => totals.push(loss),
    });
    expectClose(
      totals,
      given.steps.map(({ total }) => total),
      { what: "totals" },
    );
    expectClose(
      epochs.flatMap(({ losses }) => Object.values(losses ?? {})),
      given.steps.flatMap((each) => [each.price, each.kind * factor]),
      { what: "losses of epochs" },
    );
    const penalty =
      (given.steps[0]?.total ?? NaN) - given.factors.price * ofPrice - given.factors.kind * (first?.kind ?? NaN);
    expectClose([epochs[0]?.loss ?? NaN], [sum + penalty], { what: "loss of the first epoch" });
    for (const [name, { data: numbers }] of Object.entries(trainer.model.stateDict())) {
      expectClose(numbers, given.end[name]?.data ?? [], { what: name });
    }
  });

  test("the gradients of vjp are those of the sum of the losses", () => {
    const [given] = casesOf<SeveralLossesCase>("several-losses");
    if (!given) throw new Error("several-losses: there must be a case");
    const { model } = make(given, 1);
    const x = load(given.x);
    const { price, kind } = model.predict(x);
    const found = vjp(model, [x], {
      price: gradientOf(nn.mseLoss(), price, load(given.price)),
      kind: gradientOf(nn.crossEntropyLoss(), kind, load(given.labels)),
    });
    expect(found.output).toEqual({ price, kind });
    for (const [name, gradient] of Object.entries(found.parameters)) {
      expectClose(gradient.data, given.gradients[name]?.data ?? [], { what: name });
    }
  });
});

/** The gradient of a loss by its prediction. */
function gradientOf(
  loss: nn.Loss,
  prediction: ReturnType<typeof load>,
  target: ReturnType<typeof load>,
): ReturnType<typeof load> {
  const [gradient] = vjp(loss, [prediction, target], load({ shape: [], data: [1] })).inputs;
  if (!gradient) throw new Error("vjp: the prediction must have a gradient");
  return gradient;
}
