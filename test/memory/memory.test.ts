import { describe, expect, test } from "vitest";
import { Trainer, data, nn, optim, tensor } from "../../src/index.ts";
import { allocate, memoryUse, release } from "../../src/memory/memory.ts";
import { Variable } from "../../src/memory/variable.ts";
import { thrownBy } from "../support.ts";
import { inUse, settle } from "./garbage.ts";

describe("memory", () => {
  test("what is given back is given out again, and neighbours join", () => {
    const before = inUse();
    const [a, b, c] = [allocate(100), allocate(200), allocate(300)];
    for (const [address, bytes] of [
      [b, 200],
      [a, 100],
      [c, 300],
    ] as const)
      release(address, bytes);
    expect(inUse()).toBe(before);
    expect(allocate(600)).toBe(a);
    release(a, 600);
  });

  test("blocks are zeroed and stand on cache lines", () => {
    const first = new Variable("block", [10]);
    first.write().fill(7);
    release(first.address, 40);
    const address = allocate(40);
    expect(address).toBe(first.address);
    expect(address % 64).toBe(0);
    expect([...first.read()]).toEqual(Array.from({ length: 10 }, () => 0));
  });

  test("a size that is none is refused before memory is handed out", () => {
    const held = new nn.Parameter([16]);
    held.write().fill(3);
    const before = memoryUse();
    const refused: readonly [() => unknown, string][] = [
      ...[-400, NaN, Infinity, 0.5].map((bytes): [() => unknown, string] => [
        () => allocate(bytes),
        "RangeError: memory: ",
      ]),
      ...[[-100], ["8"], [0.5], [NaN], [3n], [null], [2, -1], 8, null].map((shape): [() => unknown, string] => [
        () => new nn.Parameter(shape as never),
        "ShapeError: parameter: ",
      ]),
      [() => new nn.Buffer([-50]), "ShapeError: buffer: "],
      [() => new nn.Parameter([2 ** 40, 2 ** 40]), "RangeError: memory: kernels reach 4 GB in all"],
    ];
    for (const [act, start] of refused) expect(thrownBy(act)).toContain(start);
    expect(thrownBy(() => new nn.Parameter([-100]))).toBe(
      "ShapeError: parameter: extents must be whole numbers of at least 0; got -100 in [-100]",
    );
    expect(memoryUse()).toEqual(before);
    const other = new nn.Parameter([16]);
    other.write().fill(5);
    expect([...held.read()]).toEqual(Array.from({ length: 16 }, () => 3));
  });

  test("asking for more than 4 GB is an error that says so, and changes nothing", () => {
    const before = memoryUse();
    expect(() => new Variable("block", [2 ** 30])).toThrow(
      /^memory: kernels reach 4 GB in all; got a request for 4096 MB with \d+ MB in use \(drop models, trainers/,
    );
    expect(() => nn.linear(40_000, 40_000)).toThrow("memory: kernels reach 4 GB in all; got a request for 6104 MB");
    expect(memoryUse().total).toBe(before.total);
    expect(memoryUse().free).toBeGreaterThanOrEqual(before.free); // garbage is looked for before a request is refused
  });

  test("large models that are dropped are collected without being asked to, before memory runs out", async () => {
    const [x, y] = [tensor(new Float32Array(512), [1, 512]), tensor(new Float32Array(512), [1, 512])];
    let most = 0;
    for (let i = 0; i < 150; i++) {
      const model = nn.sequential(nn.linear(512, 1024), nn.relu(), nn.linear(1024, 512)); // 4.2 MB, 12.6 with Adam's
      new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() }).step(x, y);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, inUse());
    }
    expect(most).toBeLessThan(700e6); // of 1900 MB in all
  });

  // 2.1 M parameters: 34 MB with gradients and Adam's moments, 4.4 GB in all.
  const large = (): Trainer =>
    new Trainer(nn.sequential(nn.linear(1024, 1024), nn.relu(), nn.linear(1024, 1024)), {
      loss: nn.mseLoss(),
      optimizer: optim.adam(),
    });
  const row = tensor(new Float32Array(1024), [1, 1024]);

  test("a loop that never lets the event loop turn trains models without end, one alive at a time", () => {
    let most = 0;
    for (let i = 0; i < 130; i++) {
      large().step(row, row);
      most = Math.max(most, inUse());
    }
    expect(most).toBeLessThan(700e6);
  });

  test("so does a loop of short trainings with fit, for which only microtasks run", async () => {
    const set = data.fromArrays(row, row);
    let most = 0;
    for (let i = 0; i < 130; i++) {
      await large().fit(set);
      most = Math.max(most, inUse());
    }
    expect(most).toBeLessThan(700e6);
  });

  test("what is alive is not collected, however short memory is", () => {
    const kept = nn.linear(512, 1024);
    const before = kept.weight.read().slice();
    for (let i = 0; i < 400; i++) new Variable("block", [512 * 1024]).write().fill(i);
    expect(kept.weight.read()).toEqual(before);
  });

  test("1,000 models that are made, trained and dropped leave no more than a few behind", async () => {
    const [x, y] = [tensor(new Float32Array(8 * 64), [8, 64]), tensor(new Float32Array(8 * 64), [8, 64])];
    const once = (): void => {
      const model = nn.sequential(nn.linear(64, 64), nn.relu(), nn.dropout(0.5), nn.linear(64, 64));
      new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() }).step(x, y);
    };
    once();
    await settle();
    const before = inUse();
    for (let i = 0; i < 1000; i++) {
      once();
      if (i % 100 === 99) await settle();
    }
    await settle();
    const model = 2 * 64 * 65 * 4 * 4; // bytes: parameters, m, v and what they were made in
    expect(inUse() - before).toBeLessThan(2 * model);
  });
});
