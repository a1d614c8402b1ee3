/** A network of three hidden layers learns XOR, which a single layer cannot. Run: npx tsx examples/xor.ts */
import { Trainer, manualSeed, nn, optim, tensor } from "lanegrad";
import { startedDirectly } from "./support/direct.ts";
import { table } from "./support/table.ts";

const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const y = tensor([[0], [1], [1], [0]]);

export function run({ seed = 42, steps = 8000 } = {}) {
  manualSeed(seed);
  const model = nn.sequential(
    nn.linear(2, 10),
    nn.sigmoid(),
    nn.linear(10, 10),
    nn.sigmoid(),
    nn.linear(10, 10),
    nn.sigmoid(),
    nn.linear(10, 1),
    nn.sigmoid(),
  );
  const trainer = new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 1 }) });

  const began = performance.now();
  const losses = Array.from({ length: steps }, () => trainer.step(x, y));
  const seconds = (performance.now() - began) / 1000;
  return { losses, outputs: [...model.predict(x).data], stepsPerSecond: steps / seconds };
}

if (startedDirectly(import.meta.url)) {
  const { losses, outputs, stepsPerSecond } = run();
  console.log("2-10-10-10-1, sigmoid, binary cross-entropy, SGD lr 1\n");
  table(
    ["step", "loss"],
    losses.map((loss, i) => [i + 1, loss]).filter(([step = 0]) => step === 1 || step % 1000 === 0),
    5,
  );
  table(
    ["a", "b", "a XOR b"],
    outputs.map((output, i) => [i >> 1, i & 1, output]),
  );
  console.log(`${Math.round(stepsPerSecond).toLocaleString("en")} steps per second`);
}
