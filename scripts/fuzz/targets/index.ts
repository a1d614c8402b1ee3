/** Every reader of files and states from strangers. A new one is a file beside this one and a name in this list. */
import type { Target } from "../target.ts";
import { checkpoint } from "./checkpoint.ts";
import { load } from "./load.ts";
import { npy, npz } from "./numpy.ts";
import { onnx } from "./onnx.ts";
import { csv, idx, jpeg, jsonLines, png } from "./raw.ts";
import { report } from "./report.ts";
import { resume } from "./resume.ts";
import { safetensors } from "./safetensors.ts";
import { schema } from "./schema.ts";
import { sharded } from "./sharded.ts";
import { modelState, optimizerState, scheduleState, trainerState } from "./states.ts";
import { torch } from "./torch.ts";

export const targets: readonly Target[] = [
  safetensors,
  sharded,
  load,
  schema,
  torch,
  npy,
  npz,
  onnx,
  checkpoint,
  resume,
  trainerState,
  modelState,
  optimizerState,
  scheduleState,
  csv,
  jsonLines,
  idx,
  png,
  jpeg,
  report,
];
