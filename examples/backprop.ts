/** One step of backpropagation with every intermediate value, as computed by hand. Run: npx tsx examples/backprop.ts */
import { Trainer, nn, ops, optim, type Tensor, tensor, vjp } from "lanegrad";
import { startedDirectly } from "./support/direct.ts";
import { table } from "./support/table.ts";

const x = tensor([[0.1, 0.2]]);
const target = tensor([[0.4, 0.6]]);
const W = [0.3, 0.25, 0.4, 0.35, 0.45, 0.4, 0.7, 0.6]; // W1 W2 are weights of h1, W3 W4 of h2, W5 W6 of o1, W7 W8 of o2

/** E = ½ Σ (o - t)². */
const halfSquaredError = new nn.Loss("halfSquaredError", (o, t) => ops.affine(ops.squaredError(o, t, "sum"), 0.5, 0));

/** Every value of the forward pass. */
function forward(model: nn.Sequential) {
  const values: number[] = [];
  model.layers.reduce((value, layer) => {
    const out = layer.run(value);
    values.push(...out.data);
    return out;
  }, x);
  const [z1 = NaN, z2 = NaN, h1 = NaN, h2 = NaN, z3 = NaN, z4 = NaN, o1 = NaN, o2 = NaN] = values;
  return { z1, z2, h1, h2, z3, z4, o1, o2, E_o1: (o1 - 0.4) ** 2 / 2, E_o2: (o2 - 0.6) ** 2 / 2 };
}

/** W1 to W8, or their gradients. */
function inOrder(state: Readonly<Record<string, Tensor>>): number[] {
  return ["0.weight", "2.weight"].flatMap((name) => [...(state[name]?.data ?? [])]);
}

export function run() {
  const bias = false;
  const model = nn.sequential(nn.linear(2, 2, { bias }), nn.sigmoid(), nn.linear(2, 2, { bias }), nn.sigmoid());
  model.loadStateDict({ "0.weight": tensor(W.slice(0, 4), [2, 2]), "2.weight": tensor(W.slice(4), [2, 2]) });
  const before = forward(model);

  const dO = tensor([[before.o1 - 0.4, before.o2 - 0.6]]); // dE/do = o - t
  const gradients = inOrder(vjp(model, [x], dO).parameters);

  const trainer = new Trainer(model, { loss: halfSquaredError, optimizer: optim.sgd({ lr: 0.5 }) });
  const error = { before: trainer.step(x, target), after: trainer.evaluate({ x, y: target, length: 1 }).loss };
  return {
    gradients,
    weights: inOrder(model.stateDict()),
    before: { ...before, E: error.before },
    after: { ...forward(model), E: error.after },
  };
}

if (startedDirectly(import.meta.url)) {
  const { gradients, weights, before, after } = run();
  const changes = W.map((w, i) => [`W${i + 1}`, w, gradients[i] ?? NaN, weights[i] ?? NaN]);
  table(["", "W", "dE/dW", "W - 0.5 dE/dW"], changes, 8);
  const values = Object.keys(before) as (keyof typeof before)[];
  table(
    ["", "before", "after"],
    values.map((name) => [name, before[name], after[name]]),
    8,
  );
}
