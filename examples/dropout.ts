/** What dropout computes in training, in evaluation, and on average. Run: npx tsx examples/dropout.ts */
import { type Tensor, manualSeed, nn, tensor } from "lanegrad";
import { startedDirectly } from "./support/direct.ts";
import { table } from "./support/table.ts";

const ones = (rows: number, columns: number) => tensor(new Float32Array(rows * columns).fill(1), [rows, columns]);
const mean = (x: Tensor<"float32">): number => x.data.reduce((sum, value) => sum + value, 0) / x.size;
const zeros = (x: Tensor<"float32">): number => x.data.filter((value) => value === 0).length / x.size;

/** A 10x5 tensor of ones through a layer in training twice, through another layer once, and in evaluation. */
function masks() {
  const [layer, other, x] = [nn.dropout(0.5), nn.dropout(0.5), ones(10, 5)];
  return { training: layer.run(x), nextStep: layer.run(x), otherLayer: other.run(x), evaluation: layer.eval().run(x) };
}

/** 100,000 ones: the share of zeros is p; the means in training and in evaluation agree, for both kinds of scaling. */
function scaling(p: number) {
  const [x, inverted, classic] = [ones(1000, 100), nn.dropout(p), nn.dropout(p, { scaling: "classic" })];
  const training = inverted.run(x);
  return {
    p,
    zeros: zeros(training),
    inverted: [mean(training), mean(inverted.predict(x))] as const,
    classic: [mean(classic.run(x)), mean(classic.predict(x))] as const,
  };
}

/** A network with dropout is an ensemble: the mean output over masks approaches the output without dropout. */
function ensemble(counts: readonly number[]) {
  const model = nn.sequential(nn.linear(5, 64), nn.relu(), nn.dropout(0.5), nn.linear(64, 1));
  const x = tensor([[1, 2, 3, 4, 5]]);
  const outputs = Array.from({ length: Math.max(...counts) }, () => model.run(x).item());
  const means = counts.map((count) => [count, mean(tensor(outputs.slice(0, count)))] as const);
  return { means, whole: model.predict(x).item(), outputs };
}

export function run() {
  manualSeed(42);
  const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(scaling);
  return { masks: masks(), shares, ensemble: ensemble([1, 10, 100, 1000, 10_000]) };
}

if (startedDirectly(import.meta.url)) {
  const { masks, shares, ensemble } = run();
  console.log("Ones through dropout(0.5)\n");
  const row = ({ data }: Tensor, i: number): string => data.slice(i * 5, i * 5 + 5).join(" ");
  const rows = Array.from({ length: 10 }, (_, i) => Object.values(masks).map((x) => row(x, i)));
  table(["training", "next step", "other layer", "evaluation"], rows);
  console.log("Means of 100,000 ones\n");
  const figures = shares.map(({ p, zeros, inverted, classic }) => [String(p), zeros, ...inverted, ...classic]);
  table(["p", "zeros", "inverted: training", "evaluation", "classic: training", "evaluation"], figures, 3);
  console.log("Mean output over many masks\n");
  table(["masks", "output"], [...ensemble.means, ["no dropout", ensemble.whole]]);
}
