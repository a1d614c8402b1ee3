/** Logic gates as perceptrons, with weights set by hand and with trained weights; XOR needs two layers. Run: npx tsx examples/gates.ts */
import { Trainer, manualSeed, nn, optim, tensor } from "lanegrad";
import { startedDirectly } from "./support/direct.ts";
import { table } from "./support/table.ts";

const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const truth = { AND: [0, 0, 0, 1], NAND: [1, 1, 1, 0], OR: [0, 1, 1, 1], XOR: [0, 1, 1, 0] };

interface Perceptron {
  readonly weights: readonly [number, number];
  readonly bias: number;
}
const and: Perceptron = { weights: [0.5, 0.5], bias: -0.7 };
const nand: Perceptron = { weights: [-0.5, -0.5], bias: 0.7 };
const or: Perceptron = { weights: [0.6, 0.6], bias: -0.5 };

/** A layer with weights set by hand and the step function: 1 where w · x + b > 0, else 0. */
function layer(...perceptrons: Perceptron[]): nn.Module {
  const linear = nn.linear(2, perceptrons.length);
  linear.loadStateDict({
    weight: tensor(perceptrons.map(({ weights }) => weights)),
    bias: tensor(perceptrons.map(({ bias }) => bias)),
  });
  return nn.sequential(linear, nn.step());
}

/** Trains one layer with sigmoid on a truth table: 1,000 steps on all four rows. */
function learn(name: keyof typeof truth) {
  manualSeed(42);
  const model = nn.sequential(nn.linear(2, 1), nn.sigmoid());
  const trainer = new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 1 }) });
  const y = tensor(truth[name], [4, 1]);
  for (let step = 0; step < 1000; step++) trainer.step(x, y);
  const { loss, accuracy = NaN } = trainer.evaluate({ x, y, length: 4 });
  return { name, outputs: [...model.predict(x).data], loss, right: accuracy * 4 };
}

export function run() {
  const xor = nn.sequential(layer(nand, or), layer(and)); // (a NAND b) AND (a OR b)
  const byHand = Object.entries({ AND: layer(and), NAND: layer(nand), OR: layer(or), XOR: xor });
  return {
    byHand: byHand.map(([name, model]) => ({ name, outputs: [...model.predict(x).data] })),
    learned: [learn("AND"), learn("NAND"), learn("OR"), learn("XOR")],
  };
}

if (startedDirectly(import.meta.url)) {
  const { byHand, learned } = run();
  console.log("Perceptrons with weights set by hand; XOR consists of three\n");
  table(
    ["", "0 0", "0 1", "1 0", "1 1"],
    byHand.map(({ name, outputs }) => [name, ...outputs]),
  );
  console.log("One trained layer: sigmoid, binary cross-entropy, SGD lr 1, 1,000 steps\n");
  const rows = learned.map(({ name, outputs, loss, right }) => [name, ...outputs, loss, right]);
  table(["", "0 0", "0 1", "1 0", "1 1", "loss", "correct of 4"], rows, 3);
  console.log(
    "One layer separates its inputs by one straight line. No line separates XOR: the loss stays at ln 2 = 0.693.",
  );
}
