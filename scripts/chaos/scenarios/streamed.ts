import { Trainer, data, earlyStopping, metrics, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { caution } from "./caution.ts";
import { labelled } from "./samples.ts";

/** A shuffled stream whose batches come late, evaluated on a stream; early stopping by a metric, EMA, three batches per update. */
export const streamed: Scenario = {
  name: "streamed",
  make() {
    const model = nn.sequential(nn.linear(16, 16), nn.tanh(), nn.dropout(0.2), nn.linear(16, 4));
    const optimizer = optim.adamW({ lr: 0.01 });
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss(),
      optimizer,
      accumulate: 3,
      averaging: { decay: 0.9 },
    });
    return {
      trainer,
      set: samplesOf(250, 1, { shuffleBuffer: 40, seed: 9 }),
      options: {
        epochs: 50,
        validation: samplesOf(80, 5),
        metrics: { f1: (predictions, labels) => metrics.f1(predictions, labels, { average: "macro" }) },
        callbacks: [caution(optimizer), earlyStopping({ by: "validation f1", patience: 6, minDelta: 0.001 })],
        checkpoint: { everySteps: 11, best: "validation f1", keep: 3 },
      },
    };
  },
};

/** The samples of `labelled` one after the other, with a pause now and then. */
function samplesOf(count: number, seed: number, options: data.StreamOptions = {}): data.StreamedDataset {
  const set = labelled(count, [16], 4, seed);
  async function* source() {
    for (let i = 0; i < count; i++) {
      if (i % 50 === 0) await new Promise((resolve) => void setTimeout(resolve, 1));
      yield { x: set.x.data.slice(i * 16, (i + 1) * 16), y: set.y.data[i] ?? NaN };
    }
  }
  return data.stream(source, { ...options, batchSize: 16, labels: true });
}
