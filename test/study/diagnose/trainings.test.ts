/** Real trainings: with a fault, which is found, and healthy ones, in which nothing is. */
import { describe, expect, test } from "vitest";
import { Trainer, data, manualSeed, nn, ops, optim, tensor } from "../../../src/index.ts";
import { type Diagnosis, type DiagnoseOptions, diagnose } from "../../../src/study/index.ts";
import { blobs, classifier, iris, mlp, normal, parts } from "../support.ts";

const SEEDS = [1, 2, 3];

interface Training {
  readonly set: data.Dataset;
  readonly make: () => Trainer;
  readonly epochs: number;
  readonly batchSize?: number;
}

/** Trains, and looks for faults. */
async function diagnosisOf(
  { set, make, epochs, batchSize = 16 }: Training,
  options: Partial<DiagnoseOptions> = {},
): Promise<Diagnosis> {
  const { training, validation } = parts(set);
  const trainer = make();
  const history = await trainer.fit(training, {
    epochs,
    batchSize,
    validation,
    progress: false,
    nonFinite: "continue",
  });
  return diagnose(trainer, { training, validation, history, batchSize, ...options });
}

const kindsOf = ({ findings }: Diagnosis): string[] => findings.map(({ kind }) => kind);

function regression(seed: number): data.Dataset {
  const draw = normal(seed);
  const x = Array.from({ length: 400 }, () => [draw(), draw(), draw()]);
  const y = x.map(([a = 0, b = 0, c = 0]) => [Math.sin(2 * a) + 0.5 * b * c + 0.1 * draw()]);
  return data.fromArrays(tensor(x), tensor(y));
}

function sigmoids(layers: number): nn.Sequential {
  const inner = Array.from({ length: layers - 1 }, () => [nn.linear(32, 32), nn.sigmoid()]).flat();
  return nn.sequential(nn.linear(6, 32), nn.sigmoid(), ...inner, nn.linear(32, 4));
}

function withBatchNorm(layers: number): nn.Sequential {
  const inner = Array.from({ length: layers - 1 }, () => [nn.linear(32, 32), nn.batchNorm1d(32), nn.relu()]).flat();
  return nn.sequential(nn.linear(6, 32), nn.relu(), ...inner, nn.linear(32, 4));
}

function residual(layers: number): nn.Sequential {
  const block = (): nn.Module => nn.residual(nn.sequential(nn.layerNorm([32]), nn.linear(32, 32), nn.gelu()));
  return nn.sequential(nn.linear(6, 32), ...Array.from({ length: layers }, block), nn.linear(32, 4));
}

const clear = (seed: number): data.Dataset => blobs(400, 4, 6, 2, seed);
const healthy: Readonly<Record<string, (seed: number) => Training>> = {
  iris: () => ({
    set: iris(),
    make: () => classifier(nn.sequential(nn.linear(4, 16), nn.relu(), nn.linear(16, 3)), optim.adam({ lr: 0.01 })),
    epochs: 30,
  }),
  "clear classes, adam": (seed) => ({ set: clear(seed), make: () => classifier(mlp(6, 4)), epochs: 15 }),
  "clear classes, sgd": (seed) => ({
    set: clear(seed),
    make: () => classifier(mlp(6, 4), optim.sgd({ lr: 0.1, momentum: 0.9 })),
    epochs: 15,
  }),
  "classes that overlap": (seed) => ({
    set: blobs(600, 2, 4, 0.7, seed),
    make: () => classifier(mlp(4, 2, 8)),
    epochs: 15,
  }),
  "targets without any relation": (seed) => {
    const { x } = blobs(500, 1, 4, 1, seed);
    return {
      set: data.fromArrays(
        x,
        Int32Array.from(blobs(500, 1, 1, 0, seed + 9).x.data, (each) => Number(each > 0)),
      ),
      make: () => classifier(mlp(4, 2, 4)),
      epochs: 8,
    };
  },
  numbers: (seed) => ({
    set: regression(seed),
    make: () => new Trainer(mlp(3, 1), { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 3e-3 }) }),
    epochs: 60,
  }),
  "a loss of one's own": (seed) => ({
    set: regression(seed),
    make: () =>
      new Trainer(mlp(3, 1), {
        loss: (out, y) => ops.mean(ops.abs(ops.subtract(out, y))),
        optimizer: optim.adam({ lr: 3e-3 }),
      }),
    epochs: 60,
  }),
  dropout: (seed) => ({
    set: clear(seed),
    make: () => classifier(nn.sequential(nn.linear(6, 64), nn.relu(), nn.dropout(0.5), nn.linear(64, 4))),
    epochs: 20,
  }),
  "8 layers with batch normalization": (seed) => ({
    set: clear(seed),
    make: () => classifier(withBatchNorm(8)),
    epochs: 6,
  }),
  "8 residual layers": (seed) => ({
    set: clear(seed),
    make: () => classifier(residual(8), optim.sgd({ lr: 0.05 })),
    epochs: 15,
  }),
  "one number for two classes": (seed) => {
    const { x, y } = blobs(400, 2, 5, 1.5, seed);
    const set = data.fromArrays(x, tensor(Array.from(y.data, (each) => [each])));
    return {
      set,
      make: () => new Trainer(mlp(5, 1), { loss: nn.bceWithLogitsLoss(), optimizer: optim.adam({ lr: 3e-3 }) }),
      epochs: 10,
    };
  },
};

describe("a healthy training has no finding", () => {
  test.each(Object.entries(healthy))("%s", async (_, of) => {
    for (const seed of SEEDS) {
      manualSeed(seed);
      const training = of(seed);
      const found = await diagnosisOf(training, { factory: training.make, epochs: Math.min(10, training.epochs) });
      expect(String(found)).toMatch(/^diagnosis: no fault found/);
    }
  });
});

function dead(): nn.Sequential {
  const model = mlp(6, 4);
  const [, bias] = model.namedParameters().find(([name]) => name === "2.bias") ?? [];
  bias?.assign(new Float32Array(32).fill(-50));
  return model;
}

/** Ten percent of the labels replaced by another class. */
function flipped(
  { x, y, length }: data.Dataset,
  classes: number,
): { readonly set: data.Dataset; readonly rows: Set<number> } {
  const labels = Int32Array.from(y.data);
  const rows = new Set<number>();
  for (let i = 3; i < length; i += 10) {
    labels[i] = ((labels[i] ?? 0) + 1 + (i % (classes - 1))) % classes;
    rows.add(i);
  }
  return { set: data.fromArrays(x, labels), rows };
}

const faulty: Readonly<Record<string, (seed: number) => Training & { readonly kind: string }>> = {
  "a large network on few noisy samples": (seed) => ({
    kind: "overfitting",
    set: blobs(150, 3, 20, 0.25, seed),
    make: () => classifier(mlp(20, 3, 64)),
    epochs: 40,
  }),
  "a linear model of a product": (seed) => {
    const draw = normal(seed);
    const x = Array.from({ length: 400 }, () => [draw(), draw()]);
    const set = data.fromArrays(
      tensor(x),
      Int32Array.from(x, ([a = 0, b = 0]) => Number(a * b > 0)),
    );
    return { kind: "underfitting", set, make: () => classifier(nn.linear(2, 2), optim.adam({ lr: 0.01 })), epochs: 20 };
  },
  "a rate too low": (seed) => ({
    kind: "rate too low",
    set: clear(seed),
    make: () => classifier(mlp(6, 4), optim.sgd({ lr: 1e-5 })),
    epochs: 8,
  }),
  "a rate too high, adam": (seed) => ({
    kind: "rate too high",
    set: clear(seed),
    make: () => classifier(mlp(6, 4), optim.adam({ lr: 3 })),
    epochs: 8,
  }),
  "a rate too high, sgd": (seed) => ({
    kind: "rate too high",
    set: clear(seed),
    make: () => classifier(mlp(6, 4), optim.sgd({ lr: 30 })),
    epochs: 8,
  }),
  "a rate that gives NaN": (seed) => ({
    kind: "diverging",
    set: regression(seed),
    make: () => new Trainer(mlp(3, 1), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 10 }) }),
    epochs: 5,
  }),
  "biases far below 0": (seed) => ({
    kind: "dead units",
    set: clear(seed),
    make: () => classifier(dead(), optim.sgd({ lr: 0.01 })),
    epochs: 5,
  }),
  "12 layers of sigmoids, sgd": (seed) => ({
    kind: "vanishing gradients",
    set: clear(seed),
    make: () => classifier(sigmoids(12), optim.sgd({ lr: 0.1 })),
    epochs: 5,
  }),
  "12 layers of sigmoids, adam": (seed) => ({
    kind: "vanishing gradients",
    set: clear(seed),
    make: () => classifier(sigmoids(12)),
    epochs: 5,
  }),
  "a tenth of the labels wrong": (seed) => ({
    kind: "label noise",
    set: flipped(blobs(600, 4, 8, 3, seed), 4).set,
    make: () => classifier(mlp(8, 4, 16)),
    epochs: 8,
  }),
};

describe("a fault is found", () => {
  test.each(Object.entries(faulty))("%s", async (_, of) => {
    for (const seed of SEEDS) {
      manualSeed(seed);
      const { kind, ...training } = of(seed);
      const found = await diagnosisOf(training, { factory: training.make, epochs: training.epochs });
      expect(kindsOf(found)).toContain(kind);
    }
  });

  test("and names the layer, the weights and the samples", async () => {
    manualSeed(1);
    const units = await diagnosisOf({
      set: clear(1),
      make: () => classifier(dead(), optim.sgd({ lr: 0.01 })),
      epochs: 3,
    });
    expect(units.findings.find(({ kind }) => kind === "dead units")).toMatchObject({
      where: '"3" (relu)',
      evidence: { units: 32, dead: 32, samples: 280 },
      change: { lr: 0.001 },
    });
    const gradients = await diagnosisOf({ set: clear(1), make: () => classifier(sigmoids(12)), epochs: 2 });
    const vanishing = gradients.findings.find((each) => each.kind === "vanishing gradients");
    expect(vanishing?.where).toBe("0.weight");
    expect(vanishing?.evidence.layers.map(({ name }) => name)).toEqual(
      Array.from({ length: 13 }, (_, i) => `${2 * i}.weight`),
    );
    expect(vanishing?.evidence.ratio).toBeLessThan(1e-6);

    const { set, rows } = flipped(blobs(600, 4, 8, 3, 1), 4);
    const make = (): Trainer => classifier(mlp(8, 4, 16));
    const trainer = make();
    await trainer.fit(set, { epochs: 8, progress: false });
    const labels = await diagnose(trainer, { training: set, factory: make, epochs: 8 });
    const noise = labels.findings.find((each) => each.kind === "label noise");
    const samples = [...(noise?.samples ?? [])];
    expect(samples.filter((row) => rows.has(row)).length).toBeGreaterThan(45);
    expect(samples.filter((row) => !rows.has(row)).length).toBeLessThan(10);
    expect(noise?.confidence).toBe("high");
    // The trained model has seen the labels, but has not learned all by heart.
    const own = (await diagnose(trainer, { training: set })).findings.find((each) => each.kind === "label noise");
    expect(own).toMatchObject({ confidence: "low", evidence: { isOutOfSample: false } });
  });
});
