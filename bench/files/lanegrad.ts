import { writeFileSync } from "node:fs";
import { type Tensor, nn, tensor } from "lanegrad";
import * as io from "lanegrad/io";
import { LAYERS, NAMES, NUMBERS, type Prepare, SHAPE, checkNumbers, numbersOf, perform } from "./job.ts";
import { torchArchive } from "./torch-archive.ts";

await perform({
  writeSafetensors: write("F32"),
  "writeSafetensors F16": write("F16"),
  "writeSafetensors BF16": write("BF16"),
  readSafetensors: (path) => ({ run: () => io.readSafetensors(path), check: checkRecord }),

  "readSafetensors one": (path) => ({
    run: () => io.readSafetensors(path, { only: [`${LAYERS / 2}.weight`] }),
    check: (read) => checkNumbers(LAYERS / 2, read[`${LAYERS / 2}.weight`]?.data),
  }),

  save(path) {
    const model = layers();
    model.loadStateDict(record());
    return { run: () => io.save(model, path) };
  },
  load: (path) => ({ run: () => io.load(path), check: checkModel }),

  writeNpy(path) {
    const all = tensor(new Float32Array(LAYERS * NUMBERS), [LAYERS, ...SHAPE]);
    for (let layer = 0; layer < LAYERS; layer++) all.data.set(numbersOf(layer), layer * NUMBERS);
    return { run: () => io.writeNpy(path, all) };
  },
  readNpy: (path) => ({
    run: () => io.readNpy(path),
    check: ({ data }) =>
      NAMES.forEach((_, layer) => checkNumbers(layer, data.subarray(layer * NUMBERS, (layer + 1) * NUMBERS))),
  }),

  writeTorch: (path) => ({ run: () => writeFileSync(path, torchArchive()) }),
  readTorch: (path) => ({ run: () => io.readTorch(path), check: checkRecord }),
});

function write(dtype: "F32" | "F16" | "BF16"): Prepare {
  return (path) => {
    const tensors = record();
    return { run: () => io.writeSafetensors(path, tensors, { dtype }) };
  };
}

function record(): Record<string, Tensor> {
  return Object.fromEntries(NAMES.map((name, layer) => [name, tensor(numbersOf(layer), SHAPE)]));
}

function checkRecord(tensors: Readonly<Record<string, Tensor>>): void {
  for (const [layer, name] of NAMES.entries()) checkNumbers(layer, tensors[name]?.data);
}

function layers(): nn.Module {
  const [outputs, inputs] = SHAPE;
  return nn.sequential(...NAMES.map(() => nn.linear(inputs, outputs, { bias: false })));
}

function checkModel(model: nn.Module): void {
  for (const [layer, [, parameter]] of model.namedParameters().entries()) checkNumbers(layer, parameter.read());
}
