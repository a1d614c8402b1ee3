import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, backend, configure, nn, ops, tensor, vjp } from "../../src/index.ts";
import { expectClose } from "../support.ts";
import { type SequenceCase, type Stored, camelCase, casesOf, entryOf, load, loadAll } from "./fixtures.ts";
import { sharingEveryRun } from "../threads/shared-runs.ts";
import { MODULES, type Options } from "./modules.ts";

type Layer = nn.RNN | nn.GRU | nn.LSTM | nn.MultiheadAttention | nn.TransformerEncoderLayer;

/** All that a layer gives, one after the other in one row, so that one cotangent reaches all. */
class Ends extends nn.Module {
  constructor(readonly body: Layer) {
    super();
  }

  override namedChildren(): [string, nn.Module][] {
    return [["", this.body]];
  }

  override forward(x: Operand, lengths: Operand, ...states: readonly Operand[]): Operand {
    const { body } = this;
    if (!("sequence" in body)) return ops.reshape(body.call(x, lengths), [-1]);
    const inputs: readonly Operand[] = [x, ...states, lengths];
    const all: Operand[] = Object.values(body.sequence(...(inputs as [Operand])));
    return ops.concatenate(all.map((each) => ops.reshape(each, [-1])));
  }
}

/** The same numbers with others in padding. */
function filledWith(value: number, x: Tensor, lengths: Tensor): Tensor {
  const [, steps = 1, features = 1] = x.shape;
  const isOwn = (i: number): boolean =>
    Math.floor(i / features) % steps < (lengths.data[Math.floor(i / features / steps)] ?? 0);
  return tensor(
    x.data.map((each, i) => (isOwn(i) ? each : value)),
    x.shape,
  );
}

/** Rounding is carried on from time step to time step; the gradient by a key's bias is 0 and rounding. */
const CARRIED = { relative: 1e-4, absolute: 2e-6 };

const builds = [true, false].map((reproducible) => {
  configure({ reproducible });
  return { reproducible, kernels: backend().kernels };
});
const ways = builds
  .filter((build, i) => builds.findIndex((other) => other.kernels === build.kernels) === i)
  .flatMap((build) => [1, 2].map((threads) => ({ ...build, threads })));
describe.each(ways)("PyTorch's packed sequences, $kernels kernels, threads: $threads", ({ reproducible, threads }) => {
  sharingEveryRun({ reproducible, threads });

  test.each(casesOf<SequenceCase>("sequences"))("$name", (each) => {
    const options = camelCase<unknown>({ ...each.config, batchFirst: true }) as Options;
    const module = entryOf(MODULES, each.op)(options);
    // The table makes attention a part of another module.
    const layer = (each.op === "MultiheadAttention" ? module.namedChildren()[0]?.[1] : module) as Layer;
    layer.loadStateDict(loadAll(each.state));
    const model = new Ends(layer);
    const lengths = load(each.lengths);
    const [x, ...states] = Object.values(each.inputs).map(load) as [Tensor, ...Tensor[]];
    const joined = (parts: readonly Stored[]): readonly number[] => parts.flatMap(({ data }) => data);
    const expected = joined(Object.values(each.outputs));
    const cotangent = tensor(joined(Object.values(each.gradOutputs)));
    for (const padding of [100, 0, NaN, Infinity]) {
      const inputs = [filledWith(padding, x, lengths), lengths, ...states];
      const { output, inputs: found, parameters } = vjp(model, inputs, cotangent);
      expectClose(output.data, expected, { ...CARRIED, what: `outputs, padding ${padding}` });
      const gradients: Readonly<Record<string, Tensor | null | undefined>> = {
        ...Object.fromEntries(Object.keys(each.inputs).map((name, i) => [name, found[i === 0 ? 0 : i + 1]])),
        ...parameters,
      };
      for (const [name, stored] of Object.entries(each.grads)) {
        const what = `gradient by ${name}, padding ${padding}`;
        expectClose(gradients[name]?.data ?? [], stored.data, { ...CARRIED, what });
      }
      expect(found[1]).toBeNull();
    }
  });
});
