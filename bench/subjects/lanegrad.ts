import { type Operand, type Tensor, Trainer, backend, configure, data, nn, ops, optim, tensor } from "lanegrad";
import { WEIGHTS } from "../coldstart/job.ts";
import type { Batch, Network } from "../network.ts";
import { trainLayers } from "./lanegrad-layers.ts";
import { loops } from "./lanegrad-loops.ts";
import type { Settings, Subject } from "./subject.ts";

class MatMul extends nn.Module {
  override forward(a: Operand, b: Operand): Operand {
    return ops.matmul(a, b);
  }
}

export function load({ blocks = false, ...asked }: Settings, threads: number): Promise<Subject | string> {
  const settings = { reproducible: false, wide: false, ...asked, threads };
  configure(settings);
  const { kernels, wide, threads: count, why } = backend();
  const strict = kernels === "strict";
  const inForce = strict === settings.reproducible && wide === settings.wide && count === threads;
  if (!inForce) return Promise.resolve(why.join("; "));
  return Promise.resolve(
    blocks
      ? withBlocks
      : {
          ...subject,
          coldstart: { program: "lanegrad", settings, ships: { packages: ["lanegrad"], weights: [WEIGHTS.rows] } },
        },
  );
}

/** lanegrad through its public API only: every call copies its inputs and its result. */
const subject: Subject = {
  matmul(size, a, b) {
    const module = new MatMul();
    const left = tensor(a, [size, size]);
    const right = tensor(b, [size, size]);
    return () => module.run(left, right).data;
  },

  dropsInputs: true,
  train: (network, batch) => training(network, batch),
  trainLayers,

  fit(network, batch, epochs) {
    const trainer = prepare(network);
    const set = samples(network, batch);
    return async () => {
      const history = await trainer.fit(set, { epochs, batchSize: batch.rows, progress: false });
      return history.epochs.at(-1)!.loss;
    };
  },

  loops: (network, batch, size) => loops(() => prepare(network), samples(network, batch), size),

  predict(network, x, rows) {
    const shape = [rows, network.layers[0]!.inputs] as const;
    const predict = build(network).compile(shape);
    const input = tensor(x, shape);
    return () => predict(input).data;
  },
};

/** Block dropout: blocks of 16 units, groups of 32 samples; undefined for networks without dropout. */
const withBlocks: Subject = {
  dropsInputs: true,
  train: (network, batch) => (network.dropout > 0 ? training(network, batch, true) : undefined),
};

function training(network: Network, batch: Batch, blocks = false): () => number {
  const trainer = prepare(network, blocks);
  const { x, y } = samples(network, batch);
  return () => trainer.step(x, y);
}

function prepare(network: Network, blocks = false): Trainer {
  return new Trainer(build(network, blocks), {
    loss: network.loss === "crossEntropy" ? nn.crossEntropyLoss() : nn.bceLoss(),
    optimizer: optim[network.optimizer]({ lr: network.lr }),
  });
}

function samples({ loss, layers }: Network, { rows, x, y }: Batch): data.Dataset {
  const inputs = tensor(x, [rows, layers[0]!.inputs]);
  return data.fromArrays(inputs, loss === "crossEntropy" ? tensor(Int32Array.from(y), [rows]) : tensor(y, [rows, 1]));
}

/** The network as a model with its weights. */
export function build({ layers, activation, dropout, inputDropout, loss }: Network, blocks = false): nn.Module {
  const drop = (p: number): nn.Module[] =>
    p === 0 ? [] : [blocks ? nn.dropout(p, { block: 16, group: 32 }) : nn.dropout(p)];
  const modules = drop(inputDropout);
  const state: Record<string, Tensor> = {};
  for (const [index, { inputs, outputs, weight, bias }] of layers.entries()) {
    state[`${modules.length}.weight`] = tensor(weight, [outputs, inputs]);
    state[`${modules.length}.bias`] = tensor(bias, [outputs]);
    modules.push(nn.linear(inputs, outputs));
    if (index === layers.length - 1) break;
    modules.push(nn[activation](), ...drop(dropout));
  }
  if (loss === "binaryCrossEntropy") modules.push(nn.sigmoid());
  const model = new nn.Sequential(...modules);
  model.loadStateDict(state);
  return model;
}
