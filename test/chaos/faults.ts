/** A training that resumes as it must, and some with one fault each, which the harness must find. */
import process from "node:process";
import { type Step, Trainer, nn, optim } from "lanegrad";
import type { Scenario } from "../../scripts/chaos/scenario.ts";
import { labelled } from "../../scripts/chaos/scenarios/samples.ts";

interface Fault {
  readonly name: string;
  /** Called before the training. */
  readonly onStart?: () => unknown;
  /** Called at the first step of a process that resumed. A promise is awaited. */
  readonly onResume?: (trainer: Trainer) => unknown;
}

const FAULTS: readonly Fault[] = [
  { name: "sound" },
  { name: "other weights", onResume: ({ model }) => changeFirst(model) },
  { name: "other averages", onResume: (trainer) => trainer.averaged?.update() },
  { name: "more draws", onResume: () => nn.init.uniform(new nn.Parameter([1])) },
  { name: "no warnings", onStart: () => process.removeAllListeners("warning") },
  { name: "error", onResume: () => Promise.reject(new Error("what a callback throws")) },
  { name: "endless", onResume: () => new Promise(() => setInterval(() => undefined, 1000)) },
  { name: "no signals", onResume: () => endInsteadOnSignals() },
];

export const scenarios: readonly Scenario[] = FAULTS.map(({ name, onStart, onResume }) => ({
  name,
  make() {
    onStart?.();
    const optimizer = optim.adam();
    const model = nn.sequential(nn.linear(12, 16), nn.relu(), nn.dropout(0.3), nn.linear(16, 3));
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer, averaging: { decay: 0.9 } });
    let isFirst = true;
    const onStep = ({ epoch, step }: Step): unknown => {
      const hasResumed = isFirst && (epoch > 1 || step > 1);
      isFirst = false;
      return hasResumed ? onResume?.(trainer) : undefined;
    };
    const checkpoint = { everySteps: 40, keep: 3, best: "validation loss" } as const;
    const validation = labelled(50, [12], 3, 2);
    const options = { epochs: 40, batchSize: 16, validation, onStep, checkpoint };
    return { trainer, set: labelled(400, [12], 3), options };
  },
}));

function changeFirst(model: nn.Module): void {
  const [first] = model.parameters();
  first?.write().fill(0.5, 0, 1);
}

function endInsteadOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal).on(signal, () => process.exit(0));
}
