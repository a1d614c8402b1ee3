import { expectTypeOf, test } from "vitest";
import {
  type Sequential,
  concreteDropout,
  dropConnect,
  dropout,
  flatten,
  linear,
  lockedDropout,
  lstm,
  gru,
  relu,
  sequential,
  multiheadAttention,
  positionalEncoding,
  stochasticDepth,
  transformerEncoderLayer,
  weightDrop,
} from "../../src/nn/index.ts";
import type { SIZES } from "../../src/nn/module/sized.ts";

test("adjoining layers that fit are accepted, and the whole has the outer sizes", () => {
  const model = sequential(linear(784, 512), relu(), dropout(0.3), linear(512, 10));
  expectTypeOf(model).toExtend<Sequential>();
  expectTypeOf<NonNullable<(typeof model)[typeof SIZES]>>().toEqualTypeOf<{ readonly in: 784; readonly out: 10 }>();
});

test("a layer that does not fit is a type error that names both sizes", () => {
  // @ts-expect-error "expects 500 features, but the layer before gives 512"
  sequential(linear(784, 512), linear(500, 10));
  expectTypeOf(linear(784, 512).inFeatures).toEqualTypeOf<784>();
  // @ts-expect-error the layers between that keep the size change nothing
  sequential(linear(784, 512), relu(), dropout(0.3), linear(500, 10));
});

test("a model within a model is checked too", () => {
  const body = sequential(linear(784, 512), relu());
  expectTypeOf(sequential(body, linear(512, 10))).toExtend<Sequential>();
  // @ts-expect-error "expects 100 features, but the layer before gives 512"
  sequential(body, linear(100, 10));
});

test("sizes that are not literals, and layers that may change them, go unchecked", () => {
  const width: number = 512;
  sequential(linear(784, width), linear(500, 10));
  expectTypeOf(sequential(linear(784, 512), flatten(), linear(500, 10))).toExtend<Sequential>();
});

test("attention and what goes with it keep their size", () => {
  const layer = transformerEncoderLayer(8, 2);
  expectTypeOf(sequential(linear(4, 8), positionalEncoding(8), layer, linear(8, 2))).toExtend<Sequential>();
  // @ts-expect-error "expects 8 features, but the layer before gives 6"
  sequential(linear(4, 6), layer);
  // @ts-expect-error "expects 6 features, but the layer before gives 8"
  sequential(layer, multiheadAttention(6, 2));
});

test("recurrent layers give hiddenSize features; in both directions their number goes unchecked", () => {
  const body = sequential(lstm(4, 8), lockedDropout(0.3), gru(8, 6, { batchFirst: true }));
  expectTypeOf<NonNullable<(typeof body)[typeof SIZES]>>().toEqualTypeOf<{ readonly in: 4; readonly out: 6 }>();
  expectTypeOf(sequential(gru(4, 8, { bidirectional: true }), linear(16, 2))).toExtend<Sequential>();
  // @ts-expect-error "expects 6 features, but the layer before gives 8"
  sequential(lstm(4, 8), linear(6, 2));
});

test("layers around a layer take and give what it does", () => {
  const body = sequential(weightDrop(linear(4, 8), ["weight"]), concreteDropout(linear(8, 6)), dropConnect(6, 2));
  expectTypeOf<NonNullable<(typeof body)[typeof SIZES]>>().toEqualTypeOf<{ readonly in: 4; readonly out: 2 }>();
  // @ts-expect-error "expects 6 features, but the layer before gives 8"
  sequential(linear(4, 8), weightDrop(linear(6, 2), ["weight"]));
  // @ts-expect-error "expects 6 features, but the layer before gives 8"
  sequential(stochasticDepth(linear(8, 8), 0.1), dropConnect(6, 2));
});
