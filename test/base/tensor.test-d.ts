import { expectTypeOf, test } from "vitest";
import { type Nested, type Tensor, tensor } from "../../src/base/tensor.ts";

test("typed arrays of whole numbers are int32, other numbers float32", () => {
  expectTypeOf(tensor(Int32Array.of(1))).toEqualTypeOf<Tensor<"int32">>();
  expectTypeOf(tensor(Uint8Array.of(1), [1, 1])).toEqualTypeOf<Tensor<"int32">>();
  expectTypeOf(tensor(Float32Array.of(1))).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(tensor(Float64Array.of(1), [1])).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(tensor([[1, 2]])).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(tensor([1] as Nested)).toEqualTypeOf<Tensor<"float32">>();
  // @ts-expect-error it is int32
  const wrong: Tensor<"float32"> = tensor(Int32Array.of(1));
  expectTypeOf(wrong).toEqualTypeOf<Tensor<"float32">>();
});

test("a dtype that is given counts", () => {
  expectTypeOf(tensor(Int32Array.of(1), [1], "float32")).toEqualTypeOf<Tensor<"float32">>();
  expectTypeOf(tensor([1], undefined, "int32")).toEqualTypeOf<Tensor<"int32">>();
  expectTypeOf(tensor(Float32Array.of(1), [1], "int32")).toEqualTypeOf<Tensor<"int32">>();
});

test("what may be either is either", () => {
  expectTypeOf(tensor(Int32Array.of(1) as Int32Array | Float32Array)).toEqualTypeOf<Tensor>();
});
