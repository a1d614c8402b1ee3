/**
 * Evaluation uses one network with scaled weights in place of the average of all masked networks: how close are the two?
 * Run: npx tsx examples/weight-scaling.ts
 * Source: Srivastava et al. 2014, section 7.5, https://jmlr.org/papers/v15/srivastava14a.html
 */
import { type Tensor, metrics, nn, tensor } from "lanegrad";
import { readDigits } from "./mnist/digits.ts";
import { mean, trainerOf } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { meanLoss } from "./support/loss.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 10_000, epochs: 10, masks: 1000, test: 2000 };
export const QUICK = { digits: 3000, epochs: 3, masks: 100, test: 500 };

/** The error in percent, the mean loss, and the mean absolute difference of the probabilities from `others`. */
function compare(p: Tensor<"float32">, others: Tensor<"float32">, labels: Tensor) {
  const loss = meanLoss(tensor(p.data.map(Math.log), p.shape), labels);
  const distances = Array.from(p.data, (value, i) => Math.abs(value - (others.data[i] ?? NaN)));
  return { error: 100 * (1 - metrics.accuracy(p, labels)), loss, distance: mean(distances) };
}

export async function run({ digits, epochs, masks, test } = FULL) {
  const trainer = trainerOf({ hidden: [256, 256], drop: () => nn.dropout(0.5) }, 42);
  await trainer.fit(readDigits("train", digits), { epochs, batchSize: 128, progress: false });
  const { x, y } = readDigits("t10k", test);
  const [classifier, softmax] = [nn.sequential(trainer.model, nn.logSoftmax()), nn.softmax()];
  const scaled = softmax.predict(classifier.predict(x));

  classifier.train();
  const [sums, logSums] = [new Float64Array(scaled.size), new Float64Array(scaled.size)];
  const rows = [];
  for (let count = 1; count <= masks; count++) {
    const logp = classifier.run(x); // with new masks
    logp.data.forEach((value, i) => {
      sums[i] = (sums[i] ?? NaN) + Math.exp(value);
      logSums[i] = (logSums[i] ?? NaN) + value;
    });
    if (!/^10*$/.test(String(count))) continue;
    const [p, logs] = [sums, logSums].map((each) =>
      tensor(
        Float32Array.from(each, (sum) => sum / count),
        scaled.shape,
      ),
    );
    if (!p || !logs) continue;
    rows.push({ count, arithmetic: compare(p, scaled, y), geometric: compare(softmax.predict(logs), scaled, y) });
  }
  return { rows, scaled: compare(scaled, scaled, y) };
}

if (startedDirectly(import.meta.url)) {
  const { rows, scaled } = await run(readSettings(FULL, QUICK));
  const cells = ({ error, loss, distance }: typeof scaled): (string | number)[] => [error.toFixed(2), loss, distance];
  console.log(
    "784-256-256-10, dropout 0.5: mean probabilities over masked networks, their distance from scaled weights\n",
  );
  for (const mean of ["arithmetic", "geometric"] as const) {
    const masked = rows.map((row) => [`${mean} mean of ${row.count}`, ...cells(row[mean])]);
    table(["", "error %", "loss", "distance"], [...masked, ["scaled weights", ...cells(scaled)]]);
  }
}
