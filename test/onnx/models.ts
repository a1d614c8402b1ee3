/** Models that are written to ONNX: every layer, every model of the parity fixtures, and whole networks. */
import { type Operand, type Tensor, nn, ops, tensor } from "../../src/index.ts";
import { CASES } from "../nn/factory-cases.ts";
import {
  type ModuleCase,
  type SequenceCase,
  type Stored,
  type TrainingCase,
  camelCase,
  casesOf,
  entryOf,
  load,
  loadAll,
} from "../parity/fixtures.ts";
import { MODULES, type Options } from "../parity/modules.ts";
import { randomTensor } from "../random-tensor.ts";

/** A model and inputs for it. */
export interface OnnxCase {
  readonly name: string;
  readonly make: () => nn.Module;
  readonly inputs: readonly Tensor[];
}

/** One case or more for each factory of `nn`. */
export function factoryCases(): OnnxCase[] {
  return Object.entries(CASES).flatMap(([name, cases]) =>
    cases.map(([make, ...inputs], i) => ({ name: `nn.${name}${cases.length > 1 ? ` ${i + 1}` : ""}`, make, inputs })),
  );
}

/** The models of the parity fixtures, with PyTorch's weights; losses are not written to files. */
export function parityCases(): OnnxCase[] {
  const layers = ["layers", "activations", "recurrent", "attention"].flatMap((family) =>
    casesOf<ModuleCase>(family).map(({ name, op, config, state, inputs }) => ({
      name: `${family}: ${name}`,
      make: () => withState(entryOf(MODULES, op)(camelCase(config) as Options), state),
      inputs: inputs.map(load),
    })),
  );
  const networks = casesOf<TrainingCase>("training").map(({ name, layers: list, end, x }) => ({
    name: `training: ${name}`,
    make: () =>
      withState(nn.sequential(...list.map(([op, config]) => entryOf(MODULES, op)(camelCase(config) as Options))), end),
    inputs: [load(x)],
  }));
  return [...layers, ...networks, ...sequenceCases()];
}

/** Layers over sequences of different lengths, of test/parity/sequences.test.ts. */
function sequenceCases(): OnnxCase[] {
  return casesOf<SequenceCase>("sequences").map(({ name, op, config, inputs, lengths, state }) => {
    const [x, ...states] = Object.values(inputs).map(load) as [Tensor, ...Tensor[]];
    return {
      name: `sequences: ${name}`,
      make: () => {
        const module = entryOf(MODULES, op)(camelCase<unknown>({ ...config, batchFirst: true }) as Options);
        const layer = op === "MultiheadAttention" ? module.namedChildren()[0]?.[1] : module;
        return new Ends(withState(layer ?? module, state));
      },
      inputs: [x, load(lengths), ...states],
    };
  });
}

/** All that a layer gives, the last states of a recurrent one among it. */
class Ends extends nn.Module {
  constructor(readonly body: nn.Module) {
    super();
  }

  override forward(x: Operand, lengths: Operand, ...states: readonly Operand[]): Readonly<Record<string, Operand>> {
    const { body } = this;
    if (body instanceof nn.LSTM) return { ...body.sequence(x, ...([...states, lengths] as [Operand])) };
    if (body instanceof nn.RNN || body instanceof nn.GRU)
      return { ...body.sequence(x, ...([...states, lengths] as [Operand])) };
    return { output: body.call(x, lengths) };
  }
}

function withState<M extends nn.Module>(module: M, state: Readonly<Record<string, Stored>>): M {
  if (module.parameters().length > 0) module.loadStateDict(loadAll(state));
  return module;
}

/** Whole networks. */
export function networkCases(): OnnxCase[] {
  const indices = tensor(
    Int32Array.from({ length: 12 }, (_, i) => (i * 5) % 6),
    [4, 3],
  );
  const ids = tensor(
    Int32Array.from({ length: 4 * 12 }, (_, i) => (i * 7) % 50),
    [4, 12],
  );
  return [
    {
      name: "MLP",
      make: () => nn.sequential(nn.linear(64, 128), nn.relu(), nn.dropout(0.5), nn.linear(128, 10), nn.softmax()),
      inputs: [randomTensor([8, 64], 1)],
    },
    { name: "CNN", make: cnn, inputs: [randomTensor([4, 1, 28, 28], 2)] },
    {
      name: "LSTM",
      make: () =>
        nn.sequential(
          nn.embedding(50, 16),
          nn.lstm(16, 24, { batchFirst: true, numLayers: 2 }),
          nn.lastStep(),
          nn.linear(24, 3),
        ),
      inputs: [ids],
    },
    {
      name: "GRU",
      make: () =>
        nn.sequential(
          nn.embedding(50, 16),
          nn.gru(16, 24, { batchFirst: true, bidirectional: true }),
          nn.lastStep({ bidirectional: true }),
          nn.linear(48, 3),
        ),
      inputs: [ids],
    },
    {
      name: "encoder",
      make: () =>
        nn.sequential(
          nn.embedding(50, 32),
          nn.positionalEncoding(32, { batchFirst: true }),
          nn.transformerEncoderLayer(32, 4, { dimFeedforward: 64, batchFirst: true }),
          nn.transformerEncoderLayer(32, 4, { dimFeedforward: 64, batchFirst: true, activation: "gelu" }),
          nn.maskedMean(),
          nn.linear(32, 5),
        ),
      inputs: [ids],
    },
    {
      name: "encoder of padded ids",
      make: () =>
        nn.padded(
          nn.sequential(
            nn.embedding(50, 32, { paddingIdx: 0 }),
            nn.transformerEncoderLayer(32, 4, { batchFirst: true }),
            nn.lstm(32, 8, { batchFirst: true, bidirectional: true }),
            nn.maskedMax(),
            nn.linear(16, 5),
          ),
          { paddingIdx: 0 },
        ),
      inputs: [padded()],
    },
    {
      name: "operations",
      make: () => new Operations(),
      inputs: [randomTensor([4, 6], 5), randomTensor([4, 6], 6), indices],
    },
  ];
}

/** Layers with options and shapes at the limits of what ONNX's operators have. */
export function edgeCases(): OnnxCase[] {
  const images = randomTensor([2, 4, 9, 8], 11);
  const steps = randomTensor([3, 6, 8], 12);
  const lengths = tensor(Int32Array.of(6, 0, 2), [3]);
  const states = [randomTensor([2, 3, 4], 13), randomTensor([2, 3, 4], 14)] as const;
  const incomplete = { stride: 2, padding: 1, ceilMode: true } as const;
  const zoneout = { hidden: 0.3 } as const;
  const cases: readonly (readonly [string, () => nn.Module, ...inputs: readonly Tensor[]])[] = [
    ["means of incomplete windows, padding counts", () => nn.avgPool2d(3, incomplete), images],
    ["means of incomplete windows", () => nn.avgPool2d([3, 2], { ...incomplete, countIncludePad: false }), images],
    ["means of incomplete windows without padding", () => nn.avgPool2d(4, { stride: 3, ceilMode: true }), images],
    ["maxima of incomplete windows", () => nn.maxPool2d(3, { ...incomplete, dilation: 2 }), images],
    ["adaptive means of one row", () => nn.adaptiveAvgPool2d([1, 3]), images],
    ["an image without batch", () => nn.sequential(nn.conv2d(4, 3, 3), nn.maxPool2d(2)), randomTensor([4, 9, 8], 15)],
    ["a signal without batch", () => nn.sequential(nn.conv1d(4, 3, 2), nn.avgPool1d(2)), randomTensor([4, 9], 16)],
    ["an even kernel", () => nn.conv2d(4, 8, [4, 2], { padding: "same", groups: 4 }), images],
    ["softplus of a small threshold", () => nn.softplus({ beta: 2, threshold: 1 }), images],
    ["one slope", () => nn.prelu(), images],
    ["a slope for each channel", () => nn.prelu(4), images],
    ["groups without positions", () => nn.groupNorm(2, 8), randomTensor([3, 8], 17)],
    ["statistics of the batch", () => nn.batchNorm2d(4, { trackRunningStats: false }), images],
    ["many equal numbers", () => nn.layerNorm([80, 80], { elementwiseAffine: false }), randomTensor([2, 80, 80], 18)],
    ["softmax of channels", () => nn.softmax(1), images],
    ["one sequence", () => nn.lstm(8, 4, { bidirectional: true }), randomTensor([6, 8], 19)],
    ["one step", () => new States(nn.lstm(8, 4, { batchFirst: true })), randomTensor([3, 1, 8], 20)],
    ["states of an LSTM", () => new States(nn.lstm(8, 4, { batchFirst: true, bidirectional: true })), steps],
    ["states of a GRU", () => new States(nn.gru(8, 4, { batchFirst: true, numLayers: 2 })), steps],
    ["an empty sequence", () => new Ends(nn.lstm(8, 4, { batchFirst: true, numLayers: 2 })), steps, lengths, ...states],
    ["an empty sequence, both directions", () => new Ends(nn.gru(8, 4, BOTH)), steps, lengths, states[0]],
    ["zoneout with lengths", () => new Ends(nn.gru(8, 4, { ...BOTH, zoneout })), steps, lengths, states[0]],
    [
      "zoneout of both states",
      () => new Ends(nn.lstm(8, 4, { ...BOTH, zoneout: { ...zoneout, cell: 0.2 } })),
      steps,
      lengths,
    ],
    ["zoneout of a plain network", () => new States(nn.rnn(8, 4, { ...BOTH, zoneout, nonlinearity: "relu" })), steps],
    ["dropConnect by moments", () => nn.dropConnect(8, 3, { evaluation: "moments", activation: nn.relu() }), steps],
    [
      "all keys masked",
      () => new Masked(),
      randomTensor([2, 3, 8], 21),
      tensor(Int32Array.of(0, 0, 1, 1, 1, 1), [2, 3]),
    ],
    ["last of padded steps", () => nn.padded(nn.sequential(nn.layerNorm(8), nn.lastStep())), steps, lengths],
    ["mean of padded steps", () => nn.padded(nn.maskedMean()), steps, lengths],
    ["maximum of padded steps", () => nn.padded(nn.maskedMax()), steps, lengths],
  ];
  return cases.map(([name, make, ...inputs]) => ({ name, make, inputs }));
}

const BOTH = { batchFirst: true, bidirectional: true } as const;

/** The output of a recurrent layer, and its last states. */
class States extends nn.Module {
  constructor(readonly body: nn.LSTM | nn.GRU | nn.RNN) {
    super();
  }

  override forward(x: Operand): Readonly<Record<string, Operand>> {
    return { ...this.body.sequence(x) };
  }
}

/** Attention in which a key is masked where the second input is 1. */
class Masked extends nn.Module {
  readonly attention = nn.multiheadAttention(8, 2, { batchFirst: true });

  override forward(x: Operand, mask: Operand): Operand {
    return this.attention.call(x, x, x, mask);
  }
}

/** Sequences of ids that end in 0. */
function padded(): Tensor {
  const lengths = [12, 5, 1, 0];
  return tensor(
    Int32Array.from({ length: 4 * 12 }, (_, i) =>
      i % 12 < (lengths[Math.floor(i / 12)] ?? 0) ? 1 + ((i * 7) % 49) : 0,
    ),
    [4, 12],
  );
}

function cnn(): nn.Module {
  return nn.sequential(
    nn.conv2d(1, 8, 3, { padding: 1 }),
    nn.batchNorm2d(8),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(8, 16, 3, { padding: "same" }),
    nn.groupNorm(4, 16),
    nn.silu(),
    nn.avgPool2d(2),
    nn.residual(nn.conv2d(16, 16, 1)),
    nn.adaptiveAvgPool2d(1),
    nn.flatten(),
    nn.linear(16, 10),
  );
}

/** Operations that no layer of `nn` has in evaluation mode. */
class Operations extends nn.Module {
  override forward(x: Operand, y: Operand, indices: Operand): Readonly<Record<string, Operand>> {
    const signs = ops.where(ops.less(x, y), ops.sign(x), ops.round(ops.multiply(y, 3)));
    const positive = ops.logicalAnd(ops.greater(x, 0), ops.greaterEqual(y, 0));
    const [head, tail] = ops.split(ops.transpose(ops.exp(ops.clamp(x, -0.5, Infinity))), [2, 4]);
    return {
      larger: ops.add(ops.multiply(ops.minimum(x, y), ops.maximum(x, y)), ops.mean(x, 1, { keepDims: true })),
      signs: ops.add(signs, ops.ceil(ops.subtract(1, ops.multiply(y, -2)))),
      gathered: ops.gather(x, indices, 1),
      logical: ops.logicalOr(positive, ops.logicalNot(ops.step(x))),
      hot: ops.oneHot(ops.argMax(x, 1), 6),
      powers: ops.pow(ops.add(ops.abs(x), 1), y),
      sums: ops.sum(ops.reshape(x, [-1, 3, 2]), 1),
      largest: ops.stack([ops.max(x, 1), ops.min(ops.floor(y), 1)], 1),
      selected: ops.indexSelect(x, ops.constant(tensor(Int32Array.of(5, 0, 0))), 1),
      parts: head && tail ? ops.concatenate([tail, head]) : x,
      logs: ops.log(ops.sqrt(ops.divide(ops.add(ops.square(x), 1), 2))),
      compared: ops.add(ops.equal(ops.argMin(x, 1), ops.argMin(y, 1)), ops.mean(ops.notEqual(x, ops.lessEqual(x, y)))),
      smooth: ops.subtract(ops.tanh(x), ops.logSigmoid(y)),
    };
  }
}
