import { expectTypeOf, test } from "vitest";
import type { AveragedModel } from "../../src/optim/averaged-model.ts";
import {
  type Evaluation,
  type History,
  type MetricFunction,
  type Operand,
  type Tensor,
  Trainer,
  data,
  metrics,
  nn,
  ops,
  optim,
  tensor,
} from "../../src/index.ts";

const options = { loss: nn.mseLoss(), optimizer: optim.sgd() };
const trainer = new Trainer(nn.linear(1, 1), options);
const set = data.fromArrays([[1]], Int32Array.of(0));

test("what fromArrays makes is known", () => {
  expectTypeOf(set).toEqualTypeOf<data.Dataset<Tensor<"float32">, Tensor<"int32">>>();
  expectTypeOf(set.y.data).toEqualTypeOf<Int32Array>();
  const named = data.fromArrays({ user: Int32Array.of(1), mood: [[0.5]] }, [tensor([1]), tensor([2])]);
  expectTypeOf(named.x.user).toEqualTypeOf<Tensor<"int32">>();
  expectTypeOf(named.x.mood).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(named.y).toEqualTypeOf<Tensor<"float32">[]>();
  for (const { x } of data.batches(named)) expectTypeOf(x).toEqualTypeOf(named.x);
  expectTypeOf(data.subset(named, [0])).toEqualTypeOf(named);
  expectTypeOf(set).toExtend<data.Dataset>();
  expectTypeOf(named).toExtend<data.AnyDataset>();
});

test("with a validation set every epoch has its evaluation, without one perhaps", async () => {
  const validated = trainer.fit(set, {
    validation: set,
    onEpoch: ({ validation }) => expectTypeOf(validation).toEqualTypeOf<Evaluation>(),
  });
  expectTypeOf(validated).toEqualTypeOf<Promise<History<Evaluation>>>();
  const plain = trainer.fit(set, {
    onEpoch: async ({ validation }) => expectTypeOf(validation).toEqualTypeOf<Evaluation | undefined>(),
  });
  expectTypeOf(plain).toEqualTypeOf<Promise<History>>();
  expectTypeOf<History<Evaluation>>().toExtend<History>();
});

test("averages are there where the options ask for them", () => {
  expectTypeOf(new Trainer(nn.linear(1, 1), { ...options, averaging: {} }).averaged).toEqualTypeOf<AveragedModel>();
  expectTypeOf(trainer.averaged).toEqualTypeOf<AveragedModel | undefined>();
  expectTypeOf(new Trainer(nn.linear(1, 1), { ...options, averaging: {} })).toExtend<Trainer>();
});

test("a loss may be a function of operands", () => {
  const optimizer = optim.sgd();
  const loss = (prediction: Operand, target: Operand): Operand => ops.mean(ops.subtract(prediction, target));
  expectTypeOf(new Trainer(nn.linear(1, 1), { loss, optimizer })).toExtend<Trainer>();
  // @ts-expect-error it gives no operand
  expectTypeOf(new Trainer(nn.linear(1, 1), { loss: () => 3, optimizer })).toExtend<Trainer>();
  // @ts-expect-error inputs are tensors
  expectTypeOf(trainer.step([[1, 2]], tensor([1]))).toEqualTypeOf<number>();
});

test("metrics can be followed as they are", () => {
  for (const metric of [metrics.f1, metrics.rocAuc, metrics.matthewsCorrelation, metrics.meanAbsoluteError, metrics.r2])
    expectTypeOf(metric).toExtend<MetricFunction>();
  expectTypeOf((p: Tensor, y: Tensor) => metrics.f1(p, y, { threshold: 0 })).toExtend<MetricFunction>();
  expectTypeOf(metrics.rocCurve).not.toExtend<MetricFunction>();
});
