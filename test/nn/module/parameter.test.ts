import { describe, expect, test, vi } from "vitest";
import { manualSeed, nn, tensor } from "../../../src/index.ts";

describe("initial values", () => {
  const draw = (): [nn.Parameter, nn.Parameter] => {
    manualSeed(5);
    return [nn.init.uniform(new nn.Parameter([40])), nn.init.normal(new nn.Parameter([40]))];
  };

  test("do not depend on when they are first looked at", () => {
    const [first, second] = draw();
    const before = [first.read().slice(), second.read().slice()];
    const [other, last] = draw();
    expect([last.read(), other.read()].toReversed()).toEqual(before);
    expect(before[0]).not.toEqual(before[1]);
  });

  test("give way to numbers that are assigned first", () => {
    const [parameter] = draw();
    parameter.assign(new Float32Array(40).fill(3));
    expect([...parameter.read()]).toEqual(Array.from({ length: 40 }, () => 3));
  });

  test("that others take the place of are never drawn", () => {
    const fill = vi.fn<() => void>();
    const [loaded, read] = [new nn.Parameter([4]), new nn.Parameter([4])];
    for (const parameter of [loaded, read]) parameter.initialize(fill);
    loaded.assign([1, 2, 3, 4]);
    expect([...loaded.read()]).toEqual([1, 2, 3, 4]);
    expect(fill).not.toHaveBeenCalled();
    read.read();
    read.read();
    expect(fill).toHaveBeenCalledOnce();
    read.initialize(fill);
    expect(fill).toHaveBeenCalledTimes(2);
  });

  test("are replaced by those that are drawn last, in programs that ran before too", () => {
    const model = nn.linear(2, 1, { bias: false });
    const x = tensor([[1, 1]]);
    nn.init.constant(model.weight, 2);
    nn.init.constant(model.weight, 3);
    expect(model.predict(x).item()).toBe(6);
    nn.init.constant(model.weight, 4);
    expect(model.predict(x).item()).toBe(8);
    nn.init.uniform(model.weight, 5, 5);
    expect(model.predict(x).item()).toBe(10);
  });
});
