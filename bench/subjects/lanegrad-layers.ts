import { type Operand, Trainer, nn, ops, optim, tensor } from "lanegrad";
import type { Model } from "../model.ts";
import type { Batch } from "../network.ts";

class Cnn extends nn.Module {
  readonly conv1 = nn.conv2d(1, 32, 3, { padding: 1 });
  readonly norm1 = nn.batchNorm2d(32);
  readonly conv2 = nn.conv2d(32, 64, 3, { padding: 1 });
  readonly norm2 = nn.batchNorm2d(64);
  readonly pool = nn.maxPool2d(2);
  readonly head = nn.linear(64 * 7 * 7, 10);

  override forward(x: Operand): Operand {
    const first = this.pool.call(ops.relu(this.norm1.call(this.conv1.call(x))));
    const second = this.pool.call(ops.relu(this.norm2.call(this.conv2.call(first))));
    return this.head.call(ops.reshape(second, [-1, 64 * 7 * 7]));
  }
}

class Lstm extends nn.Module {
  readonly lstm = nn.lstm(28, 128, { batchFirst: true });
  readonly head = nn.linear(128, 10);

  override forward(x: Operand): Operand {
    return this.head.call(ops.reshape(this.lstm.sequence(x).hN, [-1, 128]));
  }
}

class Encoder extends nn.Module {
  readonly embed = nn.linear(28, 128);
  readonly layer = nn.transformerEncoderLayer(128, 4, { dimFeedforward: 512, dropout: 0, batchFirst: true });
  readonly head = nn.linear(128, 10);

  override forward(x: Operand): Operand {
    return this.head.call(ops.mean(this.layer.call(this.embed.call(x)), 1));
  }
}

const MODULES = { cnn: Cnn, lstm: Lstm, encoder: Encoder };

/** A step of one of the networks, through the public API only. */
export function trainLayers({ name, input, parameters, lr }: Model, { rows, x, y }: Batch): () => number {
  const module = new MODULES[name]();
  const given = Object.entries(parameters).map(([key, { values, shape }]) => [key, tensor(values, shape)] as const);
  module.loadStateDict({ ...module.stateDict(), ...Object.fromEntries(given) }); // running statistics keep their initial values
  const trainer = new Trainer(module, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr }) });
  const images = tensor(x, [rows, ...input]);
  const labels = tensor(Int32Array.from(y), [rows]);
  return () => trainer.step(images, labels);
}
