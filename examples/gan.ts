/**
 * A generative adversarial network draws digits of 8x8 pixels: two networks, two trainers, and a loop of one's own over steps.
 * The generator is trained through the discriminator, which is frozen meanwhile. The inception score of 1000 samples rises from
 * 1.0 to 5.6; that of real digits is 6.8.
 * Run: npx tsx examples/gan.ts
 * Source: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661; with squared errors: Mao et al. 2016, https://arxiv.org/abs/1611.04076
 */
import { type Tensor, Trainer, data, manualSeed, nn, optim, tensor } from "lanegrad";
import { CLASSES, readImages } from "./mnist/digits.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 20_000, epochs: 20, hidden: 256 };
export const QUICK = { digits: 4000, epochs: 12, hidden: 128 };
const SIDE = 8;
const PIXELS = SIDE * SIDE;
const CODE = 16; // random numbers from which the generator draws a digit
const BATCH = 64;

function smallDigits(count: number): data.Dataset {
  const { x, y } = readImages("train", count);
  return data.fromArrays(nn.sequential(nn.avgPool2d(4, { padding: 2 }), nn.flatten()).predict(x), y);
}

function noise(count: number): Tensor<"float32"> {
  const code = nn.init.normal(new nn.Parameter([count, CODE]));
  return tensor(Float32Array.from(code.read()), code.shape);
}

/** Class probabilities by a network that has learned from real digits. */
async function classifierOf(digits: data.Dataset): Promise<nn.Module> {
  const model = nn.sequential(nn.linear(PIXELS, 128), nn.relu(), nn.linear(128, CLASSES));
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 2e-3 }) });
  await trainer.fit(digits, { epochs: Math.ceil(1e5 / digits.length), batchSize: BATCH, progress: false });
  return nn.sequential(model, nn.softmax());
}

/**
 * From 1, if all samples have the same class probabilities, to 10 for samples of clear classes in equal shares: the exponential
 * of the mean divergence of a sample's probabilities from the mean ones. Source: Salimans et al. 2016, https://arxiv.org/abs/1606.03498
 */
function inceptionScore(classifier: nn.Module, samples: Tensor): number {
  const { data: p } = classifier.predict(samples);
  const count = p.length / CLASSES;
  const shares = Array.from({ length: CLASSES }, () => 0);
  p.forEach((each, i) => (shares[i % CLASSES]! += each / count));
  const divergence = (each: number, i: number): number => each && each * Math.log(each / (shares[i % CLASSES] ?? NaN));
  return Math.exp(p.reduce((sum, each, i) => sum + divergence(each, i), 0) / count);
}

export async function run({ digits: count, epochs, hidden } = FULL) {
  manualSeed(42);
  const digits = smallDigits(count);
  const classifier = await classifierOf(digits);
  const layer = (inputs: number): nn.Module[] => [nn.linear(inputs, hidden), nn.batchNorm1d(hidden), nn.leakyRelu(0.2)];
  const judged = (inputs: number): nn.Module[] => [nn.linear(inputs, hidden), nn.leakyRelu(0.2), nn.dropout(0.3)];
  const generator = new nn.Sequential(...layer(CODE), ...layer(hidden), nn.linear(hidden, PIXELS), nn.sigmoid());
  const discriminator = new nn.Sequential(...judged(PIXELS), ...judged(hidden), nn.linear(hidden, 1));
  const settings = () => ({ loss: nn.mseLoss(), optimizer: optim.adam({ lr: 1e-3, betas: [0.5, 0.999] }) });
  const judge = new Trainer(discriminator, settings());
  const forger = new Trainer(nn.sequential(generator, discriminator), settings());

  const score = (): number => inceptionScore(classifier, generator.predict(noise(1000)));
  const scores = [score()];
  const isReal = tensor(
    Float32Array.from({ length: 2 * BATCH }, (_, i) => Number(i < BATCH)),
    [2 * BATCH, 1],
  );
  const allReal = tensor(new Float32Array(BATCH).fill(1), [BATCH, 1]);
  const both = new Float32Array(2 * BATCH * PIXELS);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x } of data.batches(digits, { batchSize: BATCH, shuffle: true, dropLast: true })) {
      both.set(x.data);
      both.set(generator.run(noise(BATCH)).data, x.size);
      discriminator.requiresGrad();
      judge.step(tensor(both, [2 * BATCH, PIXELS]), isReal);
      discriminator.requiresGrad(false);
      forger.step(noise(BATCH), allReal);
    }
    scores.push(score());
  }
  return { scores, real: inceptionScore(classifier, digits.x), drawn: generator.predict(noise(5)) };
}

/** Digits side by side, two characters for each pixel. */
function picture({ data: pixels, shape: [count = 0] }: Tensor): string {
  const line = (from: number): string =>
    Array.from(pixels.subarray(from, from + SIDE), (pixel) => " ░▒▓█".charAt(Math.round(pixel * 4)).repeat(2)).join("");
  const row = (y: number): string => Array.from({ length: count }, (_, i) => line(i * PIXELS + y * SIDE)).join(" ");
  return Array.from({ length: SIDE }, (_, y) => row(y).trimEnd()).join("\n");
}

if (startedDirectly(import.meta.url)) {
  const { scores, real, drawn } = await run(readSettings(FULL, QUICK));
  const rows = scores.map((score, epoch) => [epoch, score] as const);
  table(["epoch", "inception score"], [...rows.filter(([epoch]) => epoch % 5 === 0), ["real digits", real]], 2);
  console.log(picture(drawn));
}
