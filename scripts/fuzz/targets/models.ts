import { type FitOptions, Trainer, manualSeed, nn, optim, tensor } from "../../../src/index.ts";

/** Models of many layers, small. */
export function models(): readonly nn.Module[] {
  manualSeed(1);
  const shared = nn.linear(4, 4);
  const [first, second] = [nn.linear(4, 4), nn.linear(4, 4, { bias: false })];
  Object.assign(second, { weight: first.weight });
  const pruned = nn.sequential(nn.linear(5, 4), nn.prelu(), nn.linear(4, 2));
  nn.prune(pruned, { amount: 0.4 });
  return [
    nn.sequential(nn.linear(3, 4), nn.relu(), nn.dropout(0.5, { block: 2 }), nn.linear(4, 2)),
    nn.sequential(
      nn.conv2d(1, 2, 3, { padding: 1 }),
      nn.batchNorm2d(2),
      nn.maxPool2d(2),
      nn.dropout2d(0.2),
      nn.convTranspose2d(2, 1, 2),
      nn.flatten(),
      nn.layerNorm([4]),
    ),
    nn.sequential(nn.embedding(5, 4), nn.lstm(4, 3, { numLayers: 2, batchFirst: true, bidirectional: true })),
    nn.sequential(nn.transformerEncoderLayer(4, 2, { dimFeedforward: 8 }), nn.positionalEncoding(4)),
    nn.sequential(nn.gru(3, 2), nn.rmsNorm(2), nn.groupNorm(1, 2), nn.conv1d(2, 2, 1), nn.avgPool1d(1)),
    nn.sequential(shared, nn.residual(shared), first, second.requiresGrad(false)),
    nn.sequential(
      nn.parallel([nn.linear(2, 2), nn.sequential(nn.identity(), nn.gelu())]),
      nn.stochasticDepth(nn.linear(2, 2), 0.3),
      nn.dropConnect(2, 2, { p: 0.2 }),
      nn.unflatten(1, [1, 2]),
      nn.multiheadAttention(2, 1),
    ),
    pruned,
  ];
}

/** The samples of `trainerOf`. */
export const SAMPLES = {
  length: 8,
  x: tensor(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    [8, 3],
  ),
  y: tensor(
    Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
    [8, 2],
  ),
};

/** A trainer with all that has state. */
export function trainerOf(): { readonly trainer: Trainer; readonly optimizer: optim.Optimizer } {
  manualSeed(2);
  const model = nn.sequential(nn.linear(3, 4), nn.batchNorm1d(4), nn.relu(), nn.dropout(0.25), nn.linear(4, 2));
  nn.prune(model, { amount: 0.2, parameters: (name) => name === "0.weight" });
  const optimizer = optim.adamW({
    lr: 0.01,
    amsgrad: true,
    groups: [{ parameters: (name: string) => name.endsWith("bias"), lr: 0.02, weightDecay: 0 }],
  });
  const options = { loss: nn.mseLoss(), optimizer, accumulate: 2, averaging: { decay: 0.9 } };
  return { trainer: new Trainer(model, options), optimizer };
}

/** Three epochs of two steps. */
export function trainingOptions(optimizer: optim.Optimizer): FitOptions {
  return {
    epochs: 3,
    batchSize: 4,
    progress: false,
    schedule: optim.linearLr(optimizer, { startFactor: 0.5, totalIters: 4 }),
  };
}
