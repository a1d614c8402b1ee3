import { type Tensor, Trainer, backend, nn, optim, tensor } from "lanegrad";
import type { Batch, Network } from "../../../bench/network.ts";
import { printCounted } from "../terminal/numbers.ts";
import { type Case, CHECKED_STEPS, type Contender, timesOf } from "./contender.ts";

/** lanegrad by its public names, as configured. */
export function lanegrad(version: string): Contender {
  const { kernels, wide, threads } = backend();
  const calls = new Map<Case, () => unknown>();
  const callOf = (measured: Case): (() => unknown) => {
    const found = calls.get(measured) ?? (measured.trains ? training : prediction)(measured.network, measured.batch);
    calls.set(measured, found);
    return found;
  };
  return {
    name: "lanegrad",
    detail: `${version}, ${kernels} kernels, ${wide ? "wide" : "not wide"}, ${printCounted(threads, "thread")}`,
    check: ({ network, batch, trains }) => {
      if (!trains) return Promise.resolve(Array.from(prediction(network, batch)()));
      const step = training({ ...network, dropout: 0 }, batch);
      return Promise.resolve(Array.from({ length: CHECKED_STEPS }, step));
    },
    times: (measured, seconds) => Promise.resolve(timesOf(callOf(measured), seconds)),
    close: () => calls.clear(),
  };
}

function training(network: Network, { rows, x, y }: Batch): () => number {
  const labels = network.loss === "crossEntropy";
  const trainer = new Trainer(build(network), {
    loss: labels ? nn.crossEntropyLoss() : nn.bceLoss(),
    optimizer: optim[network.optimizer]({ lr: network.lr }),
  });
  const inputs = tensor(x, [rows, x.length / rows]);
  const targets = labels ? tensor(Int32Array.from(y), [rows]) : tensor(y, [rows, 1]);
  return () => trainer.step(inputs, targets);
}

function prediction(network: Network, { rows, x }: Batch): () => ArrayLike<number> {
  const shape = [rows, x.length / rows] as const;
  const predict = build(network).compile(shape);
  const input = tensor(x, shape);
  return () => predict(input).data;
}

/** The network as a model with its weights. */
function build({ layers, activation, dropout, loss }: Network): nn.Module {
  const modules: nn.Module[] = [];
  const state: Record<string, Tensor> = {};
  for (const [index, { inputs, outputs, weight, bias }] of layers.entries()) {
    state[`${modules.length}.weight`] = tensor(weight, [outputs, inputs]);
    state[`${modules.length}.bias`] = tensor(bias, [outputs]);
    modules.push(nn.linear(inputs, outputs));
    if (index === layers.length - 1) break;
    modules.push(nn[activation]());
    if (dropout > 0) modules.push(nn.dropout(dropout));
  }
  if (loss === "binaryCrossEntropy") modules.push(nn.sigmoid());
  const model = new nn.Sequential(...modules);
  model.loadStateDict(state);
  return model;
}
