import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FormatError, StateDictError } from "../../../src/index.ts";
import { Fault, type Target } from "../target.ts";
import { checkpoint, temporaryFolder } from "./checkpoint.ts";
import { checkpointBytes } from "./checkpoint-file.ts";
import { trained } from "./training.ts";

let whole: Uint8Array | undefined;

/**
 * `fit` on a directory whose newest checkpoint is any file. If the file has an even number of bytes, the checkpoint before it
 * is whole, and is used if the newest is refused; else there is none before it.
 */
export const resume: Target = {
  ...checkpoint,
  name: "resume",
  errors: ["StateDictError", "NonFiniteError", "FormatError"],
  async read(bytes) {
    const directory = join(temporaryFolder(), "resume");
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    const hasOther = bytes.length % 2 === 0;
    if (hasOther) writeFileSync(join(directory, "step-000000002.safetensors"), (whole ??= await checkpointBytes(2)));
    writeFileSync(join(directory, "step-000000003.safetensors"), bytes);
    const training = await trained();
    try {
      await training.resumeIn(directory);
    } catch (error) {
      if (!hasOther || !(error instanceof FormatError || error instanceof StateDictError)) throw error;
      throw new Fault(`the checkpoint before a damaged one must be used; got ${error.message}`);
    }
    return 0;
  },
};
