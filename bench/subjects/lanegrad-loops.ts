import { rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Trainer, csvLog, data, earlyStopping, jsonLog } from "lanegrad";
import { folder } from "../program.ts";
import type { LoopSize, Loops } from "./subject.ts";

/** Each loop has a trainer of its own, so that the programs and the memory of one serve no other. */
export function loops(make: () => Trainer, samples: data.Dataset, { batchSize, epochs }: LoopSize): Loops {
  const batches = [...data.batches(samples, { batchSize })];
  const [bare, plain, whole, read] = [make(), make(), make(), make()];
  const options = { epochs, batchSize, progress: false };
  return {
    steps() {
      bare.model.train();
      for (let epoch = 0; epoch < epochs; epoch++) for (const { x, y } of batches) bare.step(x, y);
    },
    fit: () => plain.fit(samples, options),
    "fit, all on": () =>
      withTerminal(() =>
        withLogs(async (json, csv) => {
          const stopping = earlyStopping({ by: "loss", patience: epochs });
          const callbacks = [stopping, jsonLog(json), csvLog(csv)];
          await whole.fit(samples, { ...options, progress: true, timeLimit: 1e6, callbacks });
        }),
      ),
    async events() {
      for await (const { type } of read.events(samples, options)) if (type === "end") return;
    },
  };
}

/** Runs `work` with standard output as a terminal. */
async function withTerminal(work: () => Promise<void>): Promise<void> {
  const before = process.stdout.isTTY;
  process.stdout.isTTY = true;
  try {
    await work();
  } finally {
    process.stdout.isTTY = before;
  }
}

/** Runs `work` with the paths of two new files, which are removed. */
async function withLogs(work: (json: string, csv: string) => Promise<void>): Promise<void> {
  const [json, csv] = ["json", "csv"].map((ending) => fileURLToPath(new URL(`loop-${process.pid}.${ending}`, folder)));
  try {
    await work(json!, csv!);
  } finally {
    for (const path of [json!, csv!]) rmSync(path, { force: true });
  }
}
