import { type Operand, type Tensor, Trainer, backend, configure, nn, ops, optim, tensor } from "lanegrad";
import type { Network } from "../network.ts";
import type { Settings, Subject } from "./subject.ts";

class MatMul extends nn.Module {
  override forward(a: Operand, b: Operand): Operand {
    return ops.matmul(a, b);
  }
}

export function load(settings: Settings): Promise<Subject | string> {
  configure(settings);
  const { kernels, why } = backend();
  if (!settings["reproducible"] && kernels !== "relaxed") return Promise.resolve(why.join("; "));
  return Promise.resolve(subject);
}

/** Through the public face alone: every call copies its inputs in and its result out. */
const subject: Subject = {
  matmul(size, a, b) {
    const module = new MatMul();
    const left = tensor(a, [size, size]);
    const right = tensor(b, [size, size]);
    return () => module.run(left, right).data;
  },

  train(network, { rows, x, y }) {
    const labels = network.loss === "crossEntropy";
    const trainer = new Trainer(build(network), {
      loss: labels ? nn.crossEntropyLoss() : nn.bceLoss(),
      optimizer: optim[network.optimizer]({ lr: network.lr }),
    });
    const input = tensor(x, [rows, network.layers[0]!.inputs]);
    const target = labels ? tensor(Int32Array.from(y), [rows]) : tensor(y, [rows, 1]);
    return () => trainer.step(input, target);
  },

  predict(network, x, rows) {
    const model = build(network);
    const input = tensor(x, [rows, network.layers[0]!.inputs]);
    return () => model.predict(input).data;
  },
};

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
