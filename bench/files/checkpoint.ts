/** A checkpoint of `fit`, with the SHA-256 of its bytes; without the copies that a trainer makes of its state. */
import { platform } from "#platform";
import { Tensor } from "../../src/base/tensor.ts";
import { readGeneration, writeGeneration } from "../../src/files/checkpoint/generation.ts";
import { NAMES, SHAPE, checkNumbers, job, numbersOf, perform } from "./job.ts";

const { files } = platform;
if (!files) throw new Error("files: the host must have files");

await perform({
  write(path) {
    const state: Record<string, Tensor> = {};
    for (const [layer, name] of NAMES.entries()) state[name] = new Tensor(SHAPE, "float32", numbersOf(layer));
    return job(() => writeGeneration("bench", files, path, { state, description: "{}" }));
  },

  read: (path) =>
    job(
      () => readGeneration("bench", files, path),
      ({ state }) => {
        for (const [layer, name] of NAMES.entries()) {
          const tensor = state[name];
          checkNumbers(layer, tensor instanceof Tensor ? tensor.data : undefined);
        }
      },
    ),
});
