import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Operand, type Tensor, backend, configure, nn, tensor } from "../../../src/index.ts";
import { forwardProgram } from "../../../src/nn/module/run.ts";
import { KeptState, withKeptState } from "../../../src/nn/recurrent/kept-state.ts";
import { slice } from "../../../src/ops/shape/slice.ts";
import { randomTensor, thrownBy } from "../../support.ts";

const [STEPS, BATCH, INPUTS, HIDDEN] = [12, 3, 5, 7];

/** Runs a model in evaluation mode on tensors, each continuing from the state after the one before. */
function running(model: nn.Module, kept: KeptState): (...inputs: readonly Tensor[]) => Float32Array {
  return (...inputs) => {
    const program = model.inMode(false, () => withKeptState(kept, () => forwardProgram(model, inputs)));
    return (program.result("here", inputs) as Tensor<"float32">).data;
  };
}

/** Steps [from, to) of x [STEPS, ...], or of x [BATCH, STEPS, ...] if the batch is first. */
function steps(x: Tensor, from: number, to: number, batchFirst: boolean): Tensor {
  const axis = batchFirst ? 1 : 0;
  class Part extends nn.Module {
    override forward(of: Operand): Operand {
      return slice(of, axis, from, to);
    }
  }
  return new Part().run(x);
}

const before = backend();
beforeAll(() => configure({ reproducible: true }));
afterAll(() => configure({ reproducible: before.kernels === "strict" }));

const models: readonly [string, (batchFirst: boolean) => nn.Module][] = [
  ["rnn", (batchFirst) => nn.rnn(INPUTS, HIDDEN, { batchFirst })],
  ["rnn of relu", (batchFirst) => nn.rnn(INPUTS, HIDDEN, { batchFirst, nonlinearity: "relu" })],
  ["gru", (batchFirst) => nn.gru(INPUTS, HIDDEN, { batchFirst })],
  ["lstm", (batchFirst) => nn.lstm(INPUTS, HIDDEN, { batchFirst })],
  ["lstm of 3 layers", (batchFirst) => nn.lstm(INPUTS, HIDDEN, { batchFirst, numLayers: 3 })],
  ["gru of 2 layers without biases", (batchFirst) => nn.gru(INPUTS, HIDDEN, { batchFirst, numLayers: 2, bias: false })],
  [
    "lstm with zoneout and dropout",
    (batchFirst) =>
      nn.lstm(INPUTS, HIDDEN, { batchFirst, numLayers: 2, dropout: 0.2, zoneout: { hidden: 0.2, cell: 0.3 } }),
  ],
  [
    "two layers and a linear one",
    (batchFirst) =>
      nn.sequential(
        nn.lstm(INPUTS, HIDDEN, { batchFirst }),
        nn.gru(HIDDEN, HIDDEN, { batchFirst }),
        nn.linear(HIDDEN, 2),
      ),
  ],
];

describe.each(models)("%s", (_, make) => {
  describe.each([true, false])("batch first: %s", (batchFirst) => {
    const shape = batchFirst ? [BATCH, STEPS, INPUTS] : [STEPS, BATCH, INPUTS];
    const x = randomTensor(shape, 1);
    test.each([1, 2, 3, 4, 6, 12])("in %s runs gives the bits of one run", (runs) => {
      const model = make(batchFirst);
      const whole = model.eval().run(x);
      const kept = new KeptState();
      const run = running(model, kept);
      const each = STEPS / runs;
      for (let at = 0; at < STEPS; at += each) {
        const part = steps(x, at, at + each, batchFirst);
        expect(new Uint8Array(run(part).buffer)).toEqual(
          new Uint8Array(steps(whole, at, at + each, batchFirst).data.buffer),
        );
      }
    });
  });
});

describe("a kept state", () => {
  const x = randomTensor([BATCH, STEPS, INPUTS], 2);

  test("begins with zeros, is the final state of runWithState, and is zeros again after reset", () => {
    const model = nn.lstm(INPUTS, HIDDEN, { batchFirst: true, numLayers: 2 }).eval();
    const kept = new KeptState();
    const run = running(model, kept);
    const first = run(x);
    const { output, state } = model.runWithState(x);
    expect(first).toEqual(output.data);
    expect(kept.variables.map(({ shape }) => shape)).toEqual([
      [2, BATCH, HIDDEN],
      [2, BATCH, HIDDEN],
    ]);
    expect(kept.variables.map((each) => each.read().slice())).toEqual([state.h.data, state.c.data]);
    const second = run(x);
    expect(second).toEqual(model.runWithState(x, state).output.data);
    expect(second).not.toEqual(first);
    kept.reset();
    expect(kept.variables.every((each) => each.read().every((value) => value === 0))).toBe(true);
    expect(run(x)).toEqual(first);
  });

  test("of one sequence without a batch continues too", () => {
    const model = nn.gru(INPUTS, HIDDEN).eval();
    const one = randomTensor([STEPS, INPUTS], 3);
    const run = running(model, new KeptState());
    const found = [run(steps(one, 0, 5, false)), run(steps(one, 5, STEPS, false))].flatMap((each) => [...each]);
    expect(found).toEqual([...model.run(one).data]);
  });

  test("of padded sequences is that after the last valid step", () => {
    const model = nn.padded(nn.lstm(INPUTS, HIDDEN, { batchFirst: true })).eval();
    const lengths = (...each: readonly number[]): Tensor => tensor(Int32Array.from(each));
    const run = running(model, new KeptState());
    const whole = model.run(x, lengths(12, 7, 0)) as Tensor;
    run(steps(x, 0, 6, true), lengths(6, 6, 0));
    const found = run(steps(x, 6, 12, true), lengths(6, 1, 0));
    expect(found).toEqual(steps(whole, 6, 12, true).data);
  });

  test("is that of one model; other models and other states do not share it", () => {
    const model = nn.rnn(INPUTS, HIDDEN, { batchFirst: true });
    const [one, other] = [running(model, new KeptState()), running(model, new KeptState())];
    const first = one(x);
    expect(one(x)).not.toEqual(first);
    expect(other(x)).toEqual(first);
    expect(model.eval().predict(x).data).toEqual(first);
  });

  test("is not used where an initial state is given, and not outside of such a trace", () => {
    class Given extends nn.Module {
      readonly rnn = nn.rnn(INPUTS, HIDDEN, { batchFirst: true });
      override forward(input: Operand, h: Operand): Operand {
        return this.rnn.sequence(input, h).output;
      }
    }
    const [model, kept] = [new Given(), new KeptState()];
    const run = running(model, kept);
    const h = randomTensor([1, BATCH, HIDDEN], 4);
    expect(run(x, h)).toEqual(run(x, h));
    expect(kept.variables).toEqual([]);
  });

  test("is refused for a bidirectional layer and for a layer that is used twice", () => {
    const both = nn.sequential(nn.linear(INPUTS, INPUTS), nn.lstm(INPUTS, HIDDEN, { bidirectional: true }));
    expect(thrownBy(() => running(both, new KeptState())(x))).toBe(
      'TypeError: lstm: a layer must have one direction to keep its state, because the reverse one begins at the end; got a bidirectional layer (in "1" (lstm 5 -> 14, bidirectional))',
    );
    const shared = nn.gru(INPUTS, INPUTS);
    expect(thrownBy(() => running(nn.sequential(shared, shared), new KeptState())(x))).toMatch(
      /^TypeError: gru: a layer must be used once in a model that keeps its state \[1, 12, 5\]; got a second use \(in /,
    );
  });
});

describe("a compiled function that keeps states", () => {
  const x = randomTensor([BATCH, STEPS, INPUTS], 5);
  const kind = [BATCH, 3, INPUTS];
  const parts = [0, 3, 6, 9].map((from) => steps(x, from, from + 3, true));
  const stream = (): nn.Module =>
    nn.sequential(nn.linear(INPUTS, INPUTS), nn.lstm(INPUTS, HIDDEN, { batchFirst: true, numLayers: 2 }));
  const whole = (model: nn.Module): readonly Float32Array[] => {
    const output = model.predict(x) as Tensor;
    return [0, 3, 6, 9].map((from) => steps(output, from, from + 3, true).data as Float32Array);
  };

  test("gives the bits of one run, until reset", () => {
    const model = stream();
    const compiled = model.compile(kind, { state: "keep" });
    for (let again = 0; again < 2; again++) {
      expect(parts.map((part) => (compiled(part) as Tensor).data)).toEqual(whole(model));
      compiled.reset();
    }
    compiled(parts[1] as Tensor);
    compiled.reset();
    expect((compiled(parts[0] as Tensor) as Tensor).data).toEqual(whole(model)[0]);
  });

  test("has states of its own, and keeps them when its program was dropped or weights changed", () => {
    const model = stream();
    const [one, other] = [model.compile(kind, { state: "keep" }), model.compile(kind, { state: "keep" })];
    const plain = model.compile(kind);
    const expected = whole(model);
    configure({ cachedPrograms: 1 });
    parts.forEach((part, i) => {
      expect((one(part) as Tensor).data).toEqual(expected[i]);
      expect((plain(parts[0] as Tensor) as Tensor).data).toEqual(expected[0]);
    });
    configure({ cachedPrograms: 256 });
    expect((other(parts[0] as Tensor) as Tensor).data).toEqual(expected[0]);
    model.loadStateDict(stream().stateDict());
    const changed = whole(model);
    expect((other(parts[1] as Tensor) as Tensor).data).not.toEqual(changed[1]);
    other.reset();
    expect(parts.map((part) => (other(part) as Tensor).data)).toEqual(changed);
  });

  test("does not change them for inputs that do not fit", () => {
    const model = stream();
    const compiled = model.compile(kind, { state: "keep" });
    compiled(parts[0] as Tensor);
    expect(thrownBy(() => compiled(x))).toMatch(/^ShapeError: compile: input 0 must be \[3, 3, 5\]/);
    expect((compiled(parts[1] as Tensor) as Tensor).data).toEqual(whole(model)[1]);
  });

  test("is refused for models without states, and for unknown words", () => {
    expect(thrownBy(() => nn.linear(2, 2).compile([1, 2], { state: "keep" }))).toBe(
      "TypeError: compile: a model that keeps states must have recurrent layers without initial states; got none",
    );
    expect(thrownBy(() => nn.linear(2, 2).compile([1, 2], { state: "hold" } as never))).toBe(
      'RangeError: compile: state must be "zero" or "keep"; got "hold"',
    );
  });
});
