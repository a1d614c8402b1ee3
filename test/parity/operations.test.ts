import { describe, expect, test } from "vitest";
import { type Operand, ops, vjp } from "../../src/index.ts";
import { Tensor } from "../../src/base/tensor.ts";
import { Lambda, expectClose } from "../support.ts";
import { sharingEveryRun } from "../threads/shared-runs.ts";
import { casesOf, entryOf } from "./fixtures.ts";

interface StoredNumbers {
  readonly shape: readonly number[];
  readonly dtype?: "int32";
  /** NaN and infinities are text. */
  readonly data: readonly (number | string)[];
}

/** A call of a function of PyTorch, and its gradients for the cotangent 1, 2, 3, ... */
interface OperationCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, never>>;
  readonly inputs: readonly StoredNumbers[];
  readonly output: StoredNumbers;
  readonly grads: Readonly<Record<string, StoredNumbers>>;
}

/** Operations whose arguments are not just operands. */
const CALLS: Readonly<Record<string, (config: Readonly<Record<string, never>>) => (...xs: Operand[]) => Operand>> = {
  powNumber:
    ({ y = 0 }) =>
    (x) =>
      ops.pow(x, y),
  powOf:
    ({ x = 0 }) =>
    (y) =>
      ops.pow(x, y),
  max:
    ({ axes, keep = false }) =>
    (x) =>
      ops.max(x, axes, { keepDims: keep }),
  min:
    ({ axes }) =>
    (x) =>
      ops.min(x, axes),
  clamp:
    ({ low, high }) =>
    (x) =>
      ops.clamp(x, Number(low), high === "inf" ? Infinity : Number(high)),
  gather:
    ({ axis }) =>
    (x, i) =>
      ops.gather(x, i, axis),
  indexSelect:
    ({ axis }) =>
    (x, i) =>
      ops.indexSelect(x, i, axis),
  oneHot:
    ({ classes = 0 }) =>
    (i) =>
      ops.oneHot(i, classes),
  cast:
    ({ dtype }) =>
    (x) =>
      ops.cast(x, dtype === "int32" ? "int32" : "float32"),
  argMax:
    ({ axis }) =>
    (x) =>
      ops.argMax(x, axis),
  argMin:
    ({ axis }) =>
    (x) =>
      ops.argMin(x, axis),
  stack:
    ({ axis }) =>
    (...xs) =>
      ops.stack(xs, axis),
};

const direct = ops as unknown as Readonly<Record<string, (...xs: readonly Operand[]) => Operand>>;

function load({ shape, data, dtype }: StoredNumbers): Tensor {
  return dtype === "int32"
    ? new Tensor(shape, "int32", Int32Array.from(data, Number))
    : new Tensor(
        shape,
        "float32",
        Float32Array.from(data, (value) => Number(String(value).replace("inf", "Infinity"))),
      );
}

/** One rounding of a power or a sum; all else is exact. */
const SINGLE = { relative: 3e-7, absolute: 0 };

describe.each([
  { reproducible: true, threads: 1 },
  { reproducible: false, threads: 1 },
  { reproducible: false, threads: 2 },
])("PyTorch's values of operations, reproducible $reproducible, threads: $threads", (settings) => {
  sharingEveryRun(settings);

  test.each(casesOf<OperationCase>("operations"))("$name", ({ op, config, inputs, output, grads }) => {
    const module = new Lambda(CALLS[op]?.(config) ?? entryOf(direct, op));
    const given = inputs.map(load);
    const expected = load(output);
    const out = module.run(...given);
    expect(String(out)).toBe(String(expected));
    expectClose(out.data, expected.data, { ...SINGLE, what: "output" });
    if (output.dtype === "int32") return;
    const cotangent = new Tensor(
      out.shape,
      "float32",
      Float32Array.from(out.data, (_, i) => i + 1),
    );
    const found = vjp(module, given, cotangent);
    for (const [i, gradient] of found.inputs.entries()) {
      if (!gradient) continue;
      // Where PyTorch has no gradient, none flows here.
      const theirs = grads[`input${i}`];
      expectClose(gradient.data, theirs ? load(theirs).data : new Float32Array(gradient.size), {
        ...SINGLE,
        what: `gradient ${i}`,
      });
    }
  });
});
