/** A checkpoint of `fit`, with the SHA-256 of its bytes; without the copies that a trainer makes of its state. */
import { platform } from "#platform";
import { type Tensor, Tensor as OwnTensor } from "../../src/base/tensor.ts";
import { readGeneration, writeGeneration } from "../../src/files/checkpoint/generation.ts";
import { NAMES, SHAPE, checkNumbers, numbersOf, perform } from "./job.ts";

const { files } = platform;
if (!files) throw new Error("files: the host must have files");

await perform({
  write(path) {
    const state: Record<string, Tensor> = {};
    for (const [layer, name] of NAMES.entries()) state[name] = new OwnTensor(SHAPE, "float32", numbersOf(layer));
    return { run: () => writeGeneration("bench", files, path, { state, description: "{}" }) };
  },

  read: (path) => ({
    run: () => readGeneration("bench", files, path),
    check({ state }) {
      for (const [layer, name] of NAMES.entries()) {
        const tensor = state[name];
        checkNumbers(layer, tensor instanceof OwnTensor ? tensor.data : undefined);
      }
    },
  }),
});
