/** How a model lies in a safetensors file or a checkpoint: its state dict by name, and in the metadata what rebuilds it. */

/** The key of the metadata under which the configuration stands, as JSON `{ version, model }`; a checkpoint adds `best`. */
export const CONFIGURATION = "lanegrad";

/** The version of that JSON, which grows when an older release could not load a new file. */
export const VERSION = 1;

/** What stands before names of tensors: of the state dict, and of the masks of pruned parameters. */
export interface Prefixes {
  readonly state: string;
  readonly masks: string;
}

export const IN_MODEL: Prefixes = { state: "", masks: "masks/" };

/** In a checkpoint, which holds the state of the training too. */
export const IN_CHECKPOINT: Prefixes = { state: "model/state/", masks: "model/masks/" };

/** The key of the metadata under which the fitted schema of the model's rows stands, as JSON. */
export const SCHEMA = "lanegrad.schema";
