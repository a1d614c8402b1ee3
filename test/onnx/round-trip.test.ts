/** What `exportOnnx` writes, `importOnnx` reads as a module that gives the same numbers. */
import { expect, test } from "vitest";
import { Tensor } from "../../src/index.ts";
import { exportOnnx, importOnnx } from "../../src/onnx/index.ts";
import { expectClose } from "../support.ts";
import { type OnnxCase, edgeCases, factoryCases, networkCases, parityCases } from "./models.ts";

/** The importer refuses integers that are computed, as the lengths of ids are; see the last test. */
const COMPUTED = new Set(["encoder of padded ids", "nn.padded 1"]);

const cases = [...networkCases(), ...factoryCases(), ...parityCases(), ...edgeCases()];

/** One tensor for each output. */
function resultsOf(run: () => object): readonly Tensor[] {
  const result: unknown = run();
  return result instanceof Tensor ? [result] : Object.values(Object(result) as Readonly<Record<string, Tensor>>);
}

async function expectRoundTrip({ make, inputs }: OnnxCase): Promise<void> {
  const model = make();
  const [only, ...others] = inputs;
  const module = await importOnnx(exportOnnx(model, only && others.length === 0 ? only : inputs));
  const expected = resultsOf(() => model.inMode(false, () => model.run(...inputs)));
  const found = resultsOf(() => module.inMode(false, () => module.run(...inputs)));
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  expected.forEach(({ data }, i) => {
    const largest = Array.from(data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(found[i]?.data ?? [], data, { relative: 0, absolute: 1e-5 * largest, what: `output ${i}` });
  });
}

const known = cases.filter(({ name }) => !COMPUTED.has(name));
test.each(known.map((each) => [each.name, each] as const))("%s", (_, each) => expectRoundTrip(each));

test.each(cases.filter(({ name }) => COMPUTED.has(name)).map((each) => [each.name, each] as const))(
  "%s is refused: its lengths are computed",
  async (_, each) => {
    await expect(expectRoundTrip(each)).rejects.toThrow(/^ReduceMax "ReduceMax": integers that are computed/);
  },
);
