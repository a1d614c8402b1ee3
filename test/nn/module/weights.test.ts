import { describe, expect, test } from "vitest";
import { manualSeed, nn, ops, tensor } from "../../../src/index.ts";
import { Input, type Operand } from "../../../src/graph/operand.ts";
import { withWeights } from "../../../src/graph/scope.ts";
import type { WeightFormat } from "../../../src/graph/weights.ts";
import { weightsOf } from "../../../src/nn/module/weights.ts";
import { formatOf } from "../../../src/ops/weights.ts";

/** Records the format in which it would hold its weight. */
class Asks extends nn.Module {
  readonly weight = new nn.Parameter([2, 2]);
  #formats: WeightFormat[] = [];

  get formats(): readonly WeightFormat[] {
    return this.#formats;
  }

  override forward(x: Operand): Operand {
    this.#formats = [this.weight, ops.transpose(this.weight), ops.slice(this.weight, 0, 0, 1), x].map(formatOf);
    return x;
  }
}

/** The formats for which each layer of a model asks while it is traced. */
function formatsOf(model: nn.Module, layers: readonly Asks[], options: nn.WeightOptions): (readonly WeightFormat[])[] {
  model.trace(() => withWeights(weightsOf("test", model, options), () => model.call(new Input([2, 2], "float32"))));
  return layers.map(({ formats }) => formats);
}

const SMALL = ["int8", "int8", "int8", "float32"];
const FULL = SMALL.map(() => "float32");

describe("the format of weights", () => {
  const [first, second, third] = [new Asks(), new Asks(), new Asks()];
  const model = nn.sequential(first, nn.sequential(second, third));
  const layers = [first, second, third];

  test("is that of the trace for what depends on variables alone, and float32 for data", () => {
    expect(formatsOf(model, layers, { weights: "int8" })).toEqual([SMALL, SMALL, SMALL]);
    expect(formatsOf(model, layers, {})).toEqual([FULL, FULL, FULL]);
  });

  test("is float32 in layers that are kept, and in layers within them", () => {
    expect(formatsOf(model, layers, { weights: "int8", keep: ["1"] })).toEqual([SMALL, FULL, FULL]);
    expect(formatsOf(model, layers, { weights: "int8", keep: ["0", "1.1"] })).toEqual([FULL, SMALL, FULL]);
    expect(formatsOf(model, layers, { weights: "int8", keep: [""] })).toEqual([FULL, FULL, FULL]);
  });

  test("is float32 in another trace that begins meanwhile", () => {
    class Outer extends nn.Module {
      readonly inner = new Asks();

      override forward(x: Operand): Operand {
        this.inner.predict(tensor([1, 2, 3, 4], [2, 2]));
        return x;
      }
    }
    const outer = new Outer();
    outer.compile([2, 2], { weights: "int8" });
    expect(outer.inner.formats).toEqual(FULL);
  });

  test("is refused where it is unknown, and paths that name no layer", () => {
    const compile = (options: unknown): string => {
      try {
        model.compile([2, 2], options as nn.CompileOptions);
      } catch (error) {
        return String(error);
      }
      return "";
    };
    expect(compile({ weights: "int4" })).toBe(
      'RangeError: compile: weights must be "float32", "int8", "bf16" or "f16"; got "int4"',
    );
    expect(compile({ keep: ["0", "2"] })).toBe(
      'RangeError: compile: keep must have paths of layers, which are "", "0", "1", "1.0", "1.1"; got "2"',
    );
    expect(compile({ keep: "0" })).toBe('TypeError: compile: keep must be an array; got "0"');
    expect(compile({ keep: [0] })).toBe("TypeError: compile: keep must have paths of layers; got 0");
    expect(compile({ wights: "int8" })).toBe(
      "TypeError: compile: options must be dtype, weights, keep, state; got wights",
    );
    expect(compile(7)).toBe("TypeError: compile: options must be an object; got 7");
  });
});

test("compile keeps programs of different formats apart", () => {
  manualSeed(1);
  const asks = new Asks();
  asks.compile([2, 2], { weights: "int8" });
  expect(asks.formats).toEqual(SMALL);
  asks.compile([2, 2], { weights: "int8", keep: [""] });
  expect(asks.formats).toEqual(FULL);
  asks.compile([2, 2], { weights: "int8" });
  expect(asks.formats).toEqual(FULL); // not traced again
});
