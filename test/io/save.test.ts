import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Trainer, nn, optim, tensor } from "../../src/index.ts";
import * as io from "../../src/io/index.ts";
import { randomTensor } from "../support.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lanegrad-save-"));
});
afterAll(() => rm(directory, { recursive: true }));

const images = randomTensor([4, 1, 8, 8], 1);
const labels = tensor(Int32Array.of(0, 1, 2, 1), [4]);

function trained(): nn.Module {
  const model = nn.sequential(
    nn.conv2d(1, 4, 3, { padding: 1 }),
    nn.batchNorm2d(4),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.dropout(0.5, { block: 8 }),
    nn.linear(64, 3),
  );
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  for (let step = 0; step < 3; step++) trainer.step(images, labels);
  return model;
}

/** A file with tensors of these shapes, and a text of `lanegrad` in its metadata. */
function fileOf(lanegrad: unknown, shapes: Readonly<Record<string, readonly number[]>> = {}): Uint8Array {
  const record = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, randomTensor(shape, 3)]));
  return io.toSafetensors(record, { metadata: { lanegrad: JSON.stringify(lanegrad) } });
}

/** The metadata of a file, by the specification. */
function metadataOf(file: Uint8Array): Record<string, string> {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))["__metadata__"];
}

class Block extends nn.Module {
  readonly inner: nn.Linear;
  constructor(readonly width: number) {
    super();
    this.inner = nn.linear(width, width);
  }
  override configuration(): readonly unknown[] {
    return [this.width];
  }
  override forward(x: Parameters<nn.Module["call"]>[0]): ReturnType<nn.Module["call"]> {
    return this.inner.call(x);
  }
}

/** A class that makes a layer and replaces it by a smaller one. */
class Refined extends Block {
  readonly head: nn.Linear;
  constructor() {
    super(700);
    this.head = nn.linear(700, 700);
    this.head = nn.linear(700, 1);
  }
  override configuration(): readonly unknown[] {
    return [];
  }
}

describe("a saved model", () => {
  test("is the same after loading: layers, weights, running statistics, predictions", async () => {
    const model = trained();
    const path = join(directory, "model.safetensors");
    await io.save(model, path);
    const copy = await io.load(path);
    expect(String(copy)).toBe(String(model));
    expect(copy.stateDict()).toEqual(model.stateDict());
    expect(copy.predict(images)).toEqual(model.predict(images));
    expect(copy.training).toBe(true);
    expect(new Uint8Array(await readFile(path))).toEqual(io.toBytes(model));
    expect(await readdir(directory)).toEqual(["model.safetensors"]);
  });

  test("is a file of its state dict for other programs", async () => {
    const model = trained();
    const bytes = io.toBytes(model, { metadata: { author: "me", format: "mlx" } });
    expect({ ...(await io.readSafetensors(bytes)) }).toEqual(model.stateDict());
    expect(metadataOf(bytes)).toMatchObject({ author: "me", format: "mlx" });
    expect(metadataOf(io.toBytes(nn.linear(2, 1)))).toEqual({
      format: "pt",
      lanegrad: '{"version":1,"model":{"layer":"linear","arguments":[2,1,{"bias":true}]}}',
    });
  });

  test("has half the size as F16, and integers as they are", async () => {
    const model = trained();
    const [whole, half] = [io.toBytes(model), io.toBytes(model, { dtype: "F16" })];
    expect(whole.length - half.length).toBeGreaterThanOrEqual(2 * 64 * 3);
    const [state, rounded] = [model.stateDict(), (await io.load(half)).stateDict()];
    for (const [name, each] of Object.entries(state)) {
      each.data.forEach((value, i) => {
        const error = Math.abs((rounded[name]?.data[i] ?? NaN) - value);
        // Half a unit in the last of 11 bits, or half of the smallest number of float16.
        expect(error).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      });
    }
    expect(rounded["1.num_batches_tracked"]?.data).toEqual(Int32Array.of(3));
  });

  test("keeps masks of pruning, and zeros that are learned", async () => {
    const model = nn.sequential(nn.linear(7, 5), nn.linear(5, 3));
    nn.prune(model, { amount: 0.4, parameters: (name) => name === "0.weight" });
    const [first, second] = model.parameters();
    const learned = first?.read().findIndex((value) => value !== 0) ?? -1;
    first?.write().fill(0, learned, learned + 1);
    const copy = await io.load(io.toBytes(model));
    expect(copy.stateDict()).toEqual(model.stateDict());
    const [mask, ...others] = copy.parameters().map((parameter) => parameter.mask);
    expect(mask?.read()).toEqual(first?.mask?.read());
    expect(mask?.read()[learned]).toBe(1);
    expect(mask?.read().filter((value) => value === 0).length).toBe(14);
    expect(second?.mask).toBeUndefined();
    expect(others).toEqual([undefined, undefined, undefined]);
  });

  test("keeps shared layers, tied and frozen parameters", async () => {
    const shared = nn.linear(8, 8);
    const [first, second] = [nn.linear(8, 8), nn.linear(8, 8, { bias: false })];
    Object.assign(second, { weight: first.weight });
    const model = nn.sequential(shared, nn.residual(shared), first, second.requiresGrad(false));
    const copy = await io.load(io.toBytes(model));
    expect(copy.stateDict()).toEqual(model.stateDict());
    const learned = (each: nn.Module): unknown =>
      each.namedParameters().map(([name, { requiresGrad }]) => [name, requiresGrad]);
    expect(learned(copy)).toEqual(learned(model));
    expect(copy.parameters().length).toBe(4);
  });

  test("is in a checkpoint too", async () => {
    const model = nn.sequential(nn.linear(4, 3), nn.dropout(0.2), nn.batchNorm1d(3));
    nn.prune(model, { amount: 0.5 });
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() });
    const set = { x: randomTensor([8, 4], 6), y: randomTensor([8, 3], 7), length: 8 };
    const checkpoint = { directory: join(directory, "run") };
    await trainer.fit(set, { epochs: 2, batchSize: 4, checkpoint });
    const names = (await readdir(checkpoint.directory)).filter((name) => name.endsWith(".safetensors")).toSorted();
    const copy = await io.load(join(checkpoint.directory, names.at(-1) ?? ""));
    expect(String(copy)).toBe(String(model));
    expect(copy.stateDict()).toEqual(model.stateDict());
    expect(copy.parameters()[0]?.mask?.read()).toEqual(model.parameters()[0]?.mask?.read());
    await rm(checkpoint.directory, { recursive: true });
  });

  test("has classes of one's own by name", async () => {
    const model = nn.sequential(new Block(4), nn.relu());
    const copy = await io.load(io.toBytes(model), { classes: { Block, Refined } });
    expect(String(copy)).toBe(String(model));
    expect(copy.stateDict()).toEqual(model.stateDict());
    expect(copy.modules()[1]).toBeInstanceOf(Block);
    await expect(io.load(io.toBytes(model))).rejects.toThrow(
      'load: in "the given bytes": classes of the model must be given, as { classes: { Block } }; got none of that name',
    );
  });

  test("may have a class that makes more layers than it keeps", async () => {
    const model = new Refined();
    expect((await io.load(io.toBytes(model), { classes: { Refined } })).stateDict()).toEqual(model.stateDict());
  });

  test("is not written when it cannot be: the former file stays", async () => {
    const path = join(directory, "kept.safetensors");
    await writeFile(path, "former");
    const large = nn.linear(1, 1);
    large.weight.assign([1e30]);
    const metadata = (given: unknown): io.SafetensorsOptions => ({ metadata: given as Record<string, string> });
    class Wide extends nn.Linear {}
    await expect(io.save(large, path, { dtype: "F16" })).rejects.toThrow('save: "weight" must be finite as F16; got 1');
    await expect(io.save(new Wide(2, 2), path)).rejects.toThrow("save: Wide must have a method `configuration()`");
    await expect(io.save(large, path, metadata({ lanegrad: "" }))).rejects.toThrow(
      'save: metadata must not have "lanegrad", which is the model\'s; got one',
    );
    await expect(io.save(large, path, metadata("x"))).rejects.toThrow(
      'save: metadata must be an object of names and strings; got "x"',
    );
    await expect(io.save({} as nn.Module, path)).rejects.toThrow("save: the model must be a module; got {}");
    expect(await readFile(path, "utf8")).toBe("former");
    await rm(path);
  });
});

describe("loading refuses", () => {
  const linear = { layer: "linear", arguments: [3, 2, { bias: false }] };
  const weight = { weight: [2, 3] };

  test("a file without a model, and says what reads it", async () => {
    await expect(io.load(io.toSafetensors({}))).rejects.toThrow(
      'load: in "the given bytes": metadata must have the configuration of a model under "lanegrad", as `save` writes it; got none (make the model by code, and set its state by `model.loadStateDict(await readSafetensors(file))`)',
    );
  });

  test.each<[string, unknown, Readonly<Record<string, readonly number[]>>, string, string]>([
    [
      "a newer version",
      { version: 2, model: linear },
      weight,
      "FormatError",
      "the version of the model must be 1; got 2",
    ],
    ["no version", { model: linear }, weight, "FormatError", "the version of the model must be 1; got undefined"],
    ["no object", 3, weight, "FormatError", 'metadata "lanegrad" must be an object; got 3'],
    [
      "no model",
      { version: 1 },
      weight,
      "FormatError",
      'metadata "lanegrad" must have a model; got none (a checkpoint has none if a class of the model needs arguments and has no `configuration()`)',
    ],
    [
      "a mask of other numbers",
      { version: 1, model: linear },
      { ...weight, "masks/weight": [2, 3] },
      "StateDictError",
      'the tensors must be those of the model; got a mask of "weight" that is not zeros and ones of a parameter',
    ],
    [
      "another shape",
      { version: 1, model: linear },
      { weight: [3, 2] },
      "StateDictError",
      'the tensors must be those of the model; got "weight" as [3, 2] instead of [2, 3]',
    ],
    [
      "missing and unknown tensors",
      { version: 1, model: { layer: "linear", arguments: [3, 2] } },
      { weight: [2, 3], other: [100] },
      "StateDictError",
      'the tensors must be those of the model; got no "bias"; unknown "other"',
    ],
    [
      "floats for integers",
      { version: 1, model: { layer: "batchNorm1d", arguments: [1, { affine: false }] } },
      { running_mean: [1], running_var: [1], num_batches_tracked: [] },
      "StateDictError",
      'the tensors must be those of the model; got "num_batches_tracked" as float32 instead of int32',
    ],
    [
      "a mask of nothing",
      { version: 1, model: linear },
      { ...weight, "masks/bias": [1] },
      "StateDictError",
      'the tensors must be those of the model; got unknown "mask of bias"',
    ],
    [
      "more than the file has",
      { version: 1, model: { layer: "linear", arguments: [30_000, 30_000] } },
      weight,
      "FormatError",
      "model (linear): memory: sizes must be those of the tensors in the file; got 3600000000 bytes, with 1049624 left",
    ],
  ])("%s", async (_, lanegrad, tensors, name, message) => {
    const error: unknown = await io.load(fileOf(lanegrad, tensors)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, message: `load: in "the given bytes": ${message}` });
  });

  test("metadata that is no JSON, classes that are no object, unknown options", async () => {
    await expect(io.load(io.toSafetensors({}, { metadata: { lanegrad: "{" } }))).rejects.toThrow(
      'load: in "the given bytes": metadata "lanegrad" must be JSON; got "{"',
    );
    const options = (given: unknown): io.LoadOptions => given as io.LoadOptions;
    await expect(io.load(fileOf({}), options({ classes: null }))).rejects.toThrow(
      "load: classes must be an object of classes by name; got null",
    );
    await expect(io.load(fileOf({}), options({ class: {} }))).rejects.toThrow(
      "load: options must be classes; got class",
    );
  });

  test("mutated files, by typed errors of its own", async () => {
    const file = io.toBytes(nn.sequential(nn.lstm(3, 2), nn.weightDrop(nn.linear(2, 2), ["weight"]), nn.linear(2, 1)));
    const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const outcomes = new Map<string, number>();
    const foreign: unknown[] = [];
    for (let i = 0; i < 3000; i++) {
      const mutant = file.slice();
      for (let change = random(3); change >= 0; change--) mutant[8 + random(header - 8)] = 32 + random(95);
      const error: unknown = await io.load(mutant).catch((thrown: unknown) => thrown);
      const isLoaded = error instanceof nn.Module;
      const name = isLoaded ? "loaded" : error instanceof Error ? error.name : "no error";
      // The library's own errors say where they come from; those of the engine do not.
      if (!isLoaded && !String(error).includes("load: in ")) foreign.push(error);
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    }
    expect(foreign).toEqual([]);
    expect([...outcomes.keys()].toSorted()).toEqual(["FormatError", "StateDictError", "loaded"]);
    expect(outcomes.get("FormatError")).toBeGreaterThan(100);
  });
});
