import { writeFileSync } from "node:fs";
import { type Tensor, nn, tensor } from "lanegrad";
import * as io from "lanegrad/io";
import { LAYERS, NAMES, NUMBERS, type Prepare, SHAPE, checkNumbers, job, numbersOf, perform } from "./job.ts";
import { torchArchive } from "./torch-archive.ts";

const MIDDLE = `${LAYERS / 2}.weight`;

await perform({
  writeSafetensors: write("F32"),
  "writeSafetensors F16": write("F16"),
  "writeSafetensors BF16": write("BF16"),
  readSafetensors: (path) => job(() => io.readSafetensors(path), checkRecord),
  "readSafetensors one": (path) =>
    job(
      () => io.readSafetensors(path, { only: [MIDDLE] }),
      (read) => checkNumbers(NAMES.indexOf(MIDDLE), read[MIDDLE]?.data),
    ),

  save(path) {
    const model = layers();
    model.loadStateDict(record());
    return job(() => io.save(model, path));
  },
  load: (path) => job(() => io.load(path), checkModel),

  writeNpy(path) {
    const all = tensor(new Float32Array(LAYERS * NUMBERS), [LAYERS, ...SHAPE]);
    for (let layer = 0; layer < LAYERS; layer++) all.data.set(numbersOf(layer), layer * NUMBERS);
    return job(() => io.writeNpy(path, all));
  },
  readNpy: (path) =>
    job(
      () => io.readNpy(path),
      ({ data }) =>
        NAMES.forEach((_, layer) => checkNumbers(layer, data.subarray(layer * NUMBERS, (layer + 1) * NUMBERS))),
    ),

  writeTorch: (path) => job(() => writeFileSync(path, torchArchive())),
  readTorch: (path) => job(() => io.readTorch(path), checkRecord),
});

function write(dtype: "F32" | "F16" | "BF16"): Prepare {
  return (path) => {
    const tensors = record();
    return job(() => io.writeSafetensors(path, tensors, { dtype }));
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
