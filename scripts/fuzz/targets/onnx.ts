import { readFileSync, readdirSync } from "node:fs";
import { importOnnx } from "../../../src/onnx/index.ts";
import { readModel } from "../../../src/onnx/model.ts";
import { Input } from "../../../src/graph/operand.ts";
import { mutateOnnx } from "../mutate/onnx.ts";
import type { Target } from "../target.ts";

const FIXTURES = new URL("../../../test/onnx/fixtures/", import.meta.url);
const MOST = 2 ** 16; // elements of an input that is traced

/** `importOnnx`, and the trace of the model for inputs of the shapes that the file declares; nothing is computed. */
export const onnx: Target = {
  name: "onnx",
  errors: ["FormatError", "ShapeError", "RangeError", "TypeError"],
  room: 2 ** 26,
  async seeds() {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".onnx"));
    return names.toSorted().map((name) => new Uint8Array(readFileSync(new URL(name, FIXTURES))));
  },
  mutate(draw, seeds) {
    return mutateOnnx(draw, draw.pick(seeds) ?? new Uint8Array(), seeds);
  },
  async read(bytes) {
    const model = await importOnnx(bytes);
    const inputs = inputsOf(bytes, model.inputNames);
    if (inputs.every(({ size }) => size <= MOST)) {
      for (const training of [true, false]) model.train(training).trace(() => model.call(...inputs));
    }
    return Object.values(model.stateDict()).reduce((sum, { data }) => sum + data.byteLength, 0);
  },
};

/** Operands as the file declares inputs, with 2 for extents that are free. */
function inputsOf(bytes: Uint8Array, names: readonly string[]): readonly Input[] {
  const { graph } = readModel("onnx", bytes);
  return names.map((name) => {
    const { elemType = 1, shape } = graph?.input?.findLast((each) => each.name === name)?.type?.tensorType ?? {};
    const extents = (shape?.dim ?? []).map(({ dimValue = 2 }) => Math.min(Math.max(0, dimValue), 2 ** 20));
    return new Input(extents, elemType === 1 ? "float32" : "int32", name);
  });
}
