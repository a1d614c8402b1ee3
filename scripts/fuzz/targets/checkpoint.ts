import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { platform } from "#platform";
import { readGeneration } from "../../../src/files/checkpoint/generation.ts";
import { mutateMetadata, mutateSafetensors } from "../mutate/safetensors.ts";
import { Fault, type Target } from "../target.ts";
import { checkpointBytes, sealed } from "./checkpoint-file.ts";
import { tensorsIn } from "./torch.ts";
import { bytesOf } from "./safetensors.ts";
import { trained } from "./training.ts";

const WORDS: readonly unknown[] = [
  ["array"],
  ["array", 1, 2],
  ["tensor", "model/state/0.weight"],
  ["tensor", "model/state/0.bias"],
  ["tensor", "no such"],
  ["number", "NaN"],
  ["number", "Infinity"],
  ["number", "-0"],
  ["number", "toString"],
  ["other"],
];

let folder: string | undefined;

/** Reading a checkpoint: whatever bytes it has, also with the checksum of them, and `fit` that goes on from there. */
export const checkpoint: Target = {
  name: "checkpoint",
  errors: ["FormatError", "StateDictError", "NonFiniteError"],
  room: 2 ** 25,
  async seeds() {
    return [await checkpointBytes()];
  },
  mutate(draw, seeds) {
    const file = draw.pick(seeds) ?? new Uint8Array();
    const changed = draw.chance(0.5)
      ? mutateMetadata(draw, file, "state", WORDS)
      : mutateSafetensors(draw, file, seeds);
    return draw.chance(0.9) ? sealed(changed) : changed;
  },
  async read(bytes) {
    const { files } = platform;
    if (!files) throw new Fault("this host must have files");
    const path = join(temporaryFolder(), "step-000000001.safetensors");
    writeFileSync(path, bytes);
    const { state } = await readGeneration("fuzz", files, path);
    const training = await trained();
    await training.resume(state);
    return bytesOf(tensorsIn(state));
  },
};

/** A folder that is removed when the process ends. */
export function temporaryFolder(): string {
  if (folder !== undefined) return folder;
  const made = (folder = mkdtempSync(join(tmpdir(), "lanegrad-fuzz-")));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
}
