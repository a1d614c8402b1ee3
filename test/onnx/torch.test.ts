/** Models that PyTorch wrote, with its outputs: `python3 scripts/onnx-models.py test/onnx/fixtures`. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Tensor, sizeOf } from "../../src/base/tensor.ts";
import { Operand } from "../../src/graph/operand.ts";
import { Trainer, nn, optim } from "../../src/index.ts";
import { type OnnxModule, importOnnx } from "../../src/onnx/index.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);

interface Recorded {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Described {
  readonly inputs: readonly Recorded[];
  readonly outputs: readonly Recorded[];
  /** Parameters and running statistics after a step; empty for models that are not trained. */
  readonly after: Readonly<Record<string, Recorded>>;
}

const names = readdirSync(FIXTURES).flatMap((name) => (name.endsWith(".onnx") ? [name.slice(0, -5)] : []));

function described(name: string): Described {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), "utf8"));
}

function given(name: string, inputs: readonly Recorded[]): readonly Tensor[] {
  if (name !== "attention") return inputs.map(tensorOf);
  return inputs.map(({ shape, values }) => new Tensor(shape, "int32", Int32Array.from(values)));
}

/** The largest difference of two lists of numbers. */
function difference(got: Tensor, wanted: Recorded | undefined): number {
  return Math.max(...Array.from(got.data, (value, i) => Math.abs(value - (wanted?.values[i] ?? NaN))));
}

const tensorOf = ({ shape, values }: Recorded): Tensor => new Tensor(shape, "float32", Float32Array.from(values));

test.each(names)("%s gives PyTorch's outputs", async (name) => {
  const { inputs, outputs } = described(name);
  const model = await importOnnx(readFileSync(new URL(`${name}.onnx`, FIXTURES)));
  const result = model.eval().run(...given(name, inputs));
  const results = result instanceof Tensor ? [result] : Object.values<Tensor>(result);
  expect(results.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  results.forEach((each, i) => expect(difference(each, outputs[i])).toBeLessThan(1e-5));
});

test.each(["mlp", "cnn", "volume", "line", "lstm", "attention"])("%s learns as in PyTorch", async (name) => {
  const { inputs, after } = described(name);
  const model = await importOnnx(readFileSync(new URL(`${name}.onnx`, FIXTURES)));
  for (const layer of model.modules()) if (layer instanceof nn.Dropout) layer.p = 0;
  const trainer = new Trainer(new FirstOutput(model), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
  const { shape = [] } = described(name).outputs[0] ?? {};
  trainer.step([...given(name, inputs)], new Tensor(shape, "float32", new Float32Array(sizeOf(shape))));
  const state = model.stateDict();
  expect(Object.keys(state).toSorted()).toEqual(Object.keys(after).toSorted());
  for (const [key, each] of Object.entries(state)) expect(difference(each, after[key]), key).toBeLessThan(1e-5);
});

function first<T>([value]: readonly T[]): T {
  if (value === undefined) throw new Error("the list is empty");
  return value;
}

/** The first output of a model that may have several. */
class FirstOutput extends nn.Module {
  constructor(readonly model: OnnxModule) {
    super();
  }

  override forward(...inputs: readonly Operand[]): Operand {
    const out = this.model.call(...inputs);
    return out instanceof Operand ? out : first(Object.values(out));
  }
}
