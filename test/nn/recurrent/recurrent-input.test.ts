import { describe, expect, test } from "vitest";
import { nn, ops, tensor } from "../../../src/index.ts";
import { Lambda, randomTensor, thrownBy } from "../../support.ts";
import { BATCH, x } from "./recurrent-cases.ts";

describe("bad input", () => {
  const bad: readonly [() => unknown, string][] = [
    [() => nn.lstm(0, 5), "RangeError: lstm: inputSize must be a whole number of at least 1; got 0"],
    [() => nn.gru(4, 2.5), "RangeError: gru: hiddenSize must be a whole number of at least 1; got 2.5"],
    [() => nn.rnn(4, NaN), "RangeError: rnn: hiddenSize must be a whole number of at least 1; got NaN"],
    [() => nn.rnn(4, 5, { numLayers: 0 }), "RangeError: rnn: numLayers must be a whole number of at least 1; got 0"],
    [() => nn.gru(4, 5, { numLayers: 65_536 }), "RangeError: gru: numLayers must be from 1 to 1024; got 65536"],
    [
      () => nn.rnn(4, 5, { nonlinearity: "selu" as never }),
      'RangeError: rnn: nonlinearity must be "tanh" or "relu"; got "selu"',
    ],
    [
      () => nn.lstm(4, 5, { dropout: 0.5 }),
      "RangeError: lstm: numLayers must be at least 2 for dropout, which acts between layers; got 1",
    ],
    [
      () => nn.lstm(4, 5, { variational: { output: 0.5 } }),
      "RangeError: lstm: numLayers must be at least 2 for variational.output, which acts between layers; got 1",
    ],
    [() => nn.lstm(4, 5, { dropout: 1.5 }), "RangeError: lstm: dropout must be from 0 to 1; got 1.5"],
    [
      () => nn.gru(4, 5, { variational: { recurrent: NaN } }),
      "RangeError: gru: variational.recurrent must be from 0 to 1; got NaN",
    ],
    [() => nn.lstm(4, 5, { zoneout: { cell: -1 } }), "RangeError: lstm: zoneout.cell must be from 0 to 1; got -1"],
    [
      () => nn.gru(4, 5, { zoneout: { cell: 0.5 } as never }),
      "TypeError: gru, zoneout: options must be hidden; got cell",
    ],
    [
      () => nn.lstm(4, 5, { variational: { inputs: 0.5 } as never }),
      "TypeError: lstm, variational: options must be input, recurrent, output; got inputs",
    ],
    [
      () => nn.lstm(4, 5, { nonlinearity: "relu" } as never),
      "TypeError: lstm: options must be numLayers, bias, batchFirst, dropout, bidirectional, variational, zoneout; got nonlinearity",
    ],
    [
      () => nn.lstm(4, 5).run(randomTensor([7, 2, 3], 1)),
      "ShapeError: lstm: x must be [steps, batch, 4], or [steps, 4] for one sequence; got input [7, 2, 3]",
    ],
    [
      () => nn.sequential(nn.gru(4, 5, { batchFirst: true })).run(randomTensor([4], 1)),
      'ShapeError: gru: x must be [batch, steps, 4], or [steps, 4] for one sequence; got input [4] (in "0" (gru 4 -> 5, batch first))',
    ],
    [
      () => nn.rnn(4, 5).run(randomTensor([0, 2, 4], 1)),
      "ShapeError: rnn: x must have at least one step; got input [0, 2, 4]",
    ],
    [
      () => nn.rnn(4, 5).run(tensor(new Int32Array(8), [1, 2, 4])),
      "TypeError: rnn: x must be float32; got int32 input [1, 2, 4]",
    ],
    [
      () => nn.gru(4, 5, { numLayers: 2, bidirectional: true }).run(x, randomTensor([2, BATCH, 5], 1)),
      "ShapeError: gru: h0 must be [4, 3, 5]; got input 1 [2, 3, 5]",
    ],
    [
      () => nn.lstm(4, 5).run(x, randomTensor([1, BATCH, 5], 1), randomTensor([1, BATCH, 4], 1)),
      "ShapeError: lstm: c0 must be [1, 3, 5]; got input 2 [1, 3, 4]",
    ],
    [
      () => nn.lstm(4, 5).run(x, randomTensor([1, BATCH, 5], 1)),
      "TypeError: lstm: h0 and c0 must be given together; got h0 alone",
    ],
    [
      () => nn.lstm(4, 5).runWithState(x, { h: randomTensor([1, BATCH, 5], 1) } as never),
      "TypeError: runWithState: inputs must be tensors; got undefined",
    ],
    [
      () => nn.gru(4, 5).runWithState(x, { h0: randomTensor([1, BATCH, 5], 1) } as never),
      "TypeError: runWithState, state: options must be h; got h0",
    ],
    [() => nn.embeddingDropout(nn.linear(2, 2), NaN), "RangeError: embeddingDropout: p must be from 0 to 1; got NaN"],
    [
      () => nn.embeddingDropout(nn.relu()),
      "TypeError: embeddingDropout: the layer must have a weight [words, features]; got relu",
    ],
    [
      () => nn.embeddingDropout(nn.conv1d(2, 3, 4)),
      "TypeError: embeddingDropout: the layer must have a weight [words, features]; got parameter [3, 2, 4]",
    ],
    [() => nn.lockedDropout(2), "RangeError: lockedDropout: p must be from 0 to 1; got 2"],
    [
      () => nn.lockedDropout(0.5, { axes: [1] } as never),
      "TypeError: lockedDropout: options must be batchFirst; got axes",
    ],
    [
      () => nn.lockedDropout().run(randomTensor([4], 1)),
      "ShapeError: lockedDropout: x must have an axis of steps and an axis of sequences; got input [4]",
    ],
    [
      () =>
        new Lambda((input) => {
          const weights = { ofInput: ops.filled([20, 4], 1), ofHidden: ops.filled([19, 5], 1) };
          return ops.recurrent("lstm", input, weights).output;
        }).run(x),
      "ShapeError: lstm: the weight of h must be [20, 5]; got fill [19, 5]",
    ],
  ];
  test.each(bad)("%#: %s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
