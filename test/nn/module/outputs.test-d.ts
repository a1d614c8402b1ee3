import { expectTypeOf, test } from "vitest";
import { type Operand, type Tensor, nn, tensor, vjp } from "../../../src/index.ts";

class Heads extends nn.Module {
  readonly price = nn.linear(2, 1);
  readonly kind = nn.linear(2, 3);

  override forward(x: Operand): { price: Operand; kind: Operand } {
    return { price: this.price.call(x), kind: this.kind.call(x) };
  }
}

interface Both {
  readonly price: Tensor<"float32">;
  readonly kind: Tensor<"float32">;
}

const heads = new Heads();
const x = tensor([[1, 2]]);

test("what a model with several outputs gives has their names", () => {
  expectTypeOf(heads.predict(x)).toEqualTypeOf<Both>();
  expectTypeOf(heads.run(x)).toEqualTypeOf<Both>();
  expectTypeOf(heads.predictAsync(x)).resolves.toEqualTypeOf<Both>();
  expectTypeOf(heads.compile([1, 2])).returns.toEqualTypeOf<Both>();
  expectTypeOf(vjp(heads, [x], heads.predict(x)).output).toEqualTypeOf<Both>();
  expectTypeOf<nn.Prediction<Heads>>().toEqualTypeOf<Both>();
  // @ts-expect-error there is no output of this name
  expectTypeOf(heads.predict(x).colour).toBeAny();
});

test("a model with one output gives a tensor, as does any module", () => {
  const [linear, sequential, any] = [nn.linear(2, 3), nn.sequential(nn.linear(2, 3)), nn.relu() as nn.Module];
  expectTypeOf(linear.predict(x)).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(sequential.run(x)).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(any.predict(x)).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(any.compile([1, 2])).returns.toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(vjp(any, [x], x).output).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(heads).toExtend<nn.Module>();
});

test("call gives what forward returns, and takes what it takes", () => {
  const operand = {} as Operand;
  const inner = (): { price: Operand; kind: Operand } => heads.call(operand);
  expectTypeOf(inner).returns.toHaveProperty("price");
  const one = (module: nn.Module): Operand => module.call(operand);
  expectTypeOf(one).returns.toEqualTypeOf<Operand>();
  // @ts-expect-error forward takes one operand
  const two = (): unknown => heads.call(operand, operand);
  expectTypeOf(two).returns.toBeUnknown();
});
