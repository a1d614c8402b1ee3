/** Writes the records that the tests of the page show, from real trainings. Run: npx tsx test/report/records/make.ts */
import { writeFileSync } from "node:fs";
import { encode } from "fast-png";
import * as raw from "lanegrad/data";
import { Trainer, configure, data, manualSeed, metrics, monteCarlo, nn, optim, tensor } from "lanegrad";
import { topLosses } from "lanegrad/study";
import { PIXELS, readDigits } from "../../../examples/mnist/digits.ts";
import type * as form from "../../../src/report/run/record.ts";

configure({ reproducible: true });

const MACHINE: form.MachineRecord = {
  host: "Node 24.11.0",
  processor: "AMD EPYC 9354 32-Core Processor",
  cores: 2,
  memory: 34_359_738_368,
  system: "linux x64",
  lanegrad: "0.1.0",
  kernels: "strict",
  wide: false,
  threads: 2,
};
const HASH = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";

const digits4 = (value: number): number => Number(value.toPrecision(5));
const rows = (x: { readonly data: ArrayLike<number>; readonly shape: readonly number[] }): number[][] => {
  const [, width = 1] = x.shape;
  return Array.from({ length: x.data.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => x.data[i * width + j] ?? 0),
  );
};

function curve(name: string, x: readonly number[], y: readonly number[], area: number): form.CurveRecord {
  const every = Math.ceil(x.length / 200);
  const kept = x.map((_, i) => i).filter((i) => i % every === 0 || i === x.length - 1);
  return { name, x: kept.map((i) => digits4(x[i] ?? 0)), y: kept.map((i) => digits4(y[i] ?? 0)), area };
}

function epochOf(
  epoch: Awaited<ReturnType<Trainer["fit"]>>["epochs"][number],
  rates: readonly number[],
  dropout: Record<string, number>,
): form.EpochRecord {
  const scores = ({ loss, accuracy }: { loss: number; accuracy?: number | undefined }): form.ScoresRecord => ({
    loss,
    accuracy: accuracy ?? null,
    metrics: {},
  });
  return {
    ...scores(epoch),
    epoch: epoch.epoch,
    seconds: 0.4,
    validation: epoch.validation ? scores(epoch.validation) : null,
    rates,
    dropout,
  };
}

function histogram(values: ArrayLike<number>): form.LayerStateRecord["histogram"] {
  const all = Array.from(values);
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const counts = Array<number>(30).fill(0);
  for (const each of all) counts[Math.min(29, Math.floor(((each - low) / (high - low)) * 30))]! += 1;
  return { low: digits4(low), high: digits4(high), counts };
}

async function digits(name: string, p: number, seed: number): Promise<form.RunRecord> {
  manualSeed(seed);
  const known = readDigits("train", 3600);
  const { training, validation } = data.split(known, { validation: 1 / 6, shuffle: false });
  const test = readDigits("t10k", 1000);
  const layers = [
    nn.linear(PIXELS, 128),
    nn.relu(),
    nn.dropout(p),
    nn.linear(128, 64),
    nn.relu(),
    nn.linear(64, 10),
  ] as const;
  const model = nn.sequential(...layers);
  const optimizer = optim.adam({ lr: 2e-3 });
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer });
  const schedule = optim.cosineAnnealingLr(optimizer, 20);
  const rates: number[] = [];
  const { epochs } = await trainer.fit(training, {
    epochs: 20,
    validation,
    schedule,
    progress: false,
    onEpoch: () => void rates.push(optimizer.groups?.[0]?.lr ?? 2e-3),
  });
  const predicted = model.predict(test.x);
  const probabilities = nn.sequential(nn.softmax()).predict(predicted);
  const names = Array.from({ length: 10 }, (_, i) => String(i));
  const matrix = metrics.confusionMatrix(predicted, test.y, { names });
  const { loss, accuracy } = trainer.evaluate(test);
  const area = metrics.rocAuc(predicted, test.y, { average: "none" });
  const average = metrics.averagePrecision(predicted, test.y, { average: "none" });
  const mistakes = (await topLosses(trainer, test, { count: 12 })).map((each): form.MistakeRecord => {
    const scores = rows(nn.sequential(nn.softmax()).predict(each.prediction))[0] ?? [];
    const best = scores.indexOf(Math.max(...scores));
    const png = encode({
      width: 28,
      height: 28,
      channels: 1,
      depth: 8,
      data: Uint8Array.from(each.x.data, (pixel) => 255 * pixel),
    });
    return {
      row: each.index,
      target: String(each.y.data[0]),
      prediction: String(best),
      probability: digits4(scores[best] ?? 0),
      loss: digits4(each.loss),
      sample: { kind: "image", png: Buffer.from(png).toString("base64") },
    };
  });
  const drawn = p === 0 ? undefined : monteCarlo(nn.sequential(...layers, nn.softmax()), test.x, { samples: 20 });
  const wrong = rows(probabilities).map((row, i) => (row.indexOf(Math.max(...row)) === test.y.data[i] ? 0 : 1));
  const entropy =
    drawn && rows(drawn.mean).map((row) => row.reduce((sum, share) => sum - share * Math.log(share + 1e-12), 0));
  const rejection = entropy && metrics.rejectionCurve(tensor(wrong), tensor(entropy));
  const risk = rejection?.at(1) ?? 0;
  const states = layers.flatMap((layer, i): form.LayerStateRecord[] => {
    if (i === 2) return [];
    const out = nn
      .sequential(...layers.slice(0, i + 1))
      .eval()
      .predict(test.x);
    const width = out.shape[1] ?? 1;
    const values = Array.from(out.data);
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
    const isRelu = i === 1 || i === 4;
    const units = Array.from({ length: width }, (_, unit) => rows(out).every((row) => row[unit] === 0)).filter(
      Boolean,
    ).length;
    const dead = isRelu ? { units, of: width } : null;
    return [
      {
        path: String(i),
        layer: layer.describe(),
        mean: digits4(mean),
        deviation: digits4(deviation),
        histogram: histogram(values),
        dead,
        gradient: isRelu ? null : ([0.0021, 0.0064, 0.019][i === 0 ? 0 : i === 3 ? 1 : 2] ?? null),
        warnings:
          dead && dead.units > 0
            ? [`${dead.units} of ${dead.of} units are dead: their output is 0 for all samples.`]
            : [],
      },
    ];
  });
  const sizes = [[128], [128], [128], [64], [64], [10]];
  return {
    version: 1,
    name,
    began: "2026-11-22T09:03:12.000Z",
    seconds: 8.43,
    stopped: null,
    seed,
    settings: { optimizer: "adam", lr: 0.002, schedule: "cosine", dropout: p, batchSize: 32, epochs: 20 },
    model: {
      parameters: 109_386,
      summary: model.summary([1, PIXELS]),
      layers: layers.map((layer, i) => ({
        path: String(i),
        layer: layer.describe(),
        output: sizes[i] ?? [],
        parameters: [100_480, 0, 0, 8256, 0, 650][i] ?? 0,
      })),
    },
    schema: null,
    data: [
      { name: "training", samples: 3000, sha256: HASH, file: "train-images-idx3-ubyte" },
      { name: "validation", samples: 600, sha256: HASH, file: "train-images-idx3-ubyte" },
      { name: "test", samples: 1000, sha256: HASH, file: "t10k-images-idx3-ubyte" },
    ],
    machine: MACHINE,
    epochs: epochs.map((each, i) => epochOf(each, [rates[i] ?? 0], { 2: p })),
    bestEpoch: null,
    weights: HASH,
    recipe: null,
    evaluations: [
      {
        name: "test",
        scores: { loss, accuracy: accuracy ?? null, metrics: {} },
        classes: {
          names,
          confusion: matrix.counts,
          scores: names.map((_, i) => ({
            precision: matrix.precision[i] ?? 0,
            recall: matrix.recall[i] ?? 0,
            f1: matrix.f1[i] ?? 0,
            count: matrix.support[i] ?? 0,
          })),
          roc: names.map((each, positiveClass) => {
            const { falsePositiveRate, truePositiveRate } = metrics.rocCurve(predicted, test.y, { positiveClass });
            return curve(each, falsePositiveRate, truePositiveRate, area[positiveClass] ?? 0);
          }),
          precisionRecall: names.map((each, positiveClass) => {
            const { precision, recall } = metrics.precisionRecallCurve(predicted, test.y, { positiveClass });
            return curve(each, recall, precision, average[positiveClass] ?? 0);
          }),
          reliability: {
            error: metrics.expectedCalibrationError(predicted, test.y, { fromLogits: true }),
            bins: metrics
              .reliabilityDiagram(predicted, test.y, { fromLogits: true })
              .map(({ confidence, accuracy, count }) => ({ confidence, accuracy, count })),
          },
        },
        values: null,
        mistakes,
        certainty: rejection
          ? {
              predictions: 20,
              by: "entropy",
              curve: curve(
                "risk",
                Array.from({ length: 100 }, (_, i) => (i + 1) / 100),
                Array.from({ length: 100 }, (_, i) => rejection.at((i + 1) / 100)),
                rejection.area,
              ),
              errorDetection: metrics.rocAuc(tensor(entropy ?? []), tensor(Int32Array.from(wrong))),
              referred: [0.1, 0.2].map((share) => ({
                share,
                kept: 1 - rejection.at(1 - share),
                caught: 1 - ((1 - share) * rejection.at(1 - share)) / risk,
              })),
            }
          : null,
        layers: states,
        notes: [],
      },
    ],
  };
}

async function houses(): Promise<form.RunRecord> {
  manualSeed(7);
  const seeded = (i: number): number => (Math.sin(i * 12.9898) * 43_758.5453) % 1;
  const table = Array.from({ length: 900 }, (_, i) => {
    const [area, rooms, street] = [30 + 150 * Math.abs(seeded(i)), 1 + (i % 6), ["Elm", "Main", "Oak"][i % 3] ?? ""];
    const price = 40 + 2.1 * area + 9 * rooms + (street === "Oak" ? 60 : 0) + 30 * seeded(i + 5000);
    return {
      area: Number(area.toFixed(1)),
      rooms,
      street,
      garden: i % 4 === 0,
      sold: `20${10 + (i % 14)}-0${1 + (i % 9)}-15`,
      price: Number(price.toFixed(1)),
    };
  });
  const { column, schema } = raw;
  const fitted = schema({
    inputs: {
      area: column.number(),
      rooms: column.number({ missing: "median", indicator: true }),
      street: column.category({ unknown: "slot" }),
      garden: column.boolean(),
      sold: column.date(),
    },
    target: { price: column.number() },
  }).fit(table.slice(0, 600));
  const [training, validation, test] = [table.slice(0, 600), table.slice(600, 700), table.slice(700)].map((part) =>
    fitted.dataset(part),
  );
  if (!training || !validation || !test) throw new Error("three parts");
  const model = nn.sequential(nn.linear(fitted.features.length, 32), nn.relu(), nn.dropout(0.05), nn.linear(32, 1));
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  const { epochs } = await trainer.fit(training, {
    epochs: 40,
    validation,
    progress: false,
  });
  const predictions = Array.from(fitted.values(model.predict(test.x as never)), digits4);
  const targets = table.slice(700).map(({ price }) => price);
  const errors = predictions.map((each, i) => Math.abs(each - (targets[i] ?? 0)));
  const order = errors.map((_, i) => i).toSorted((a, b) => (errors[b] ?? 0) - (errors[a] ?? 0));
  const pair = [tensor(predictions), tensor(targets)] as const;
  return {
    version: 1,
    name: "house prices",
    began: "2026-11-21T16:40:00.000Z",
    seconds: 1.23,
    stopped: "early stopping: no lower validation loss in 10 epochs",
    seed: 7,
    settings: { model: "32-1", dropout: 0.05, optimizer: "adam", lr: 0.01 },
    model: { parameters: 321, summary: model.summary([1, fitted.features.length]), layers: [] },
    schema: JSON.parse(JSON.stringify(fitted)) as form.Json,
    data: [
      { name: "training", samples: 600, sha256: HASH, file: "houses.csv" },
      { name: "validation", samples: 100, sha256: null, file: null },
    ],
    machine: { ...MACHINE, kernels: "relaxed", wide: true },
    epochs: epochs.map((each) => epochOf(each, [0.01], { 2: 0.05 })),
    bestEpoch: 30,
    weights: HASH,
    recipe: { version: 1, data: { path: "houses.csv", format: "csv" }, target: "price", seed: 7 },
    evaluations: [
      {
        name: "test",
        scores: { loss: trainer.evaluate(test).loss, accuracy: null, metrics: {} },
        classes: null,
        values: {
          perPoint: 1,
          targets,
          predictions,
          meanAbsoluteError: metrics.meanAbsoluteError(...pair),
          rootMeanSquaredError: metrics.rootMeanSquaredError(...pair),
          r2: metrics.r2(...pair),
        },
        mistakes: order.slice(0, 8).map((i) => ({
          row: i,
          target: String(targets[i]),
          prediction: String(predictions[i]),
          probability: null,
          loss: digits4((errors[i] ?? 0) ** 2),
          sample: { kind: "row", cells: table[700 + i] as Record<string, form.Json> },
        })),
        certainty: null,
        layers: [],
        notes: [],
      },
    ],
  };
}

const write = (name: string, record: form.RunRecord): void =>
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(record)}\n`);
write("digits", await digits("dropout 0.3", 0.3, 42));
write("digits-plain", await digits("no dropout", 0, 42));
write("houses", await houses());
