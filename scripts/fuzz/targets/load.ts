import { type Operand, nn } from "../../../src/index.ts";
import { load as loadModel, toBytes } from "../../../src/io/index.ts";
import { FACTORIES } from "../../../src/nn/configuration/library.ts";
import { mutateMetadata, mutateSafetensors } from "../mutate/safetensors.ts";
import { Fault, type Target } from "../target.ts";
import { checkpointBytes } from "./checkpoint-file.ts";
import { models } from "./models.ts";
import { bytesOf } from "./safetensors.ts";

const WORDS: readonly unknown[] = [
  ...FACTORIES.keys(),
  { layer: "linear", arguments: [2, 2] },
  { layer: "linear", arguments: [2 ** 20, 2 ** 20] },
  { layer: "embedding", arguments: [2 ** 31, 1] },
  { layer: "identity", arguments: [], id: 0 },
  { layer: "sequential", arguments: [{ same: 0 }, { same: 0 }], id: 1 },
  { class: "Block", arguments: [2] },
  { same: 0 },
  { same: 1 },
  { number: "NaN" },
  { number: "Infinity" },
  { object: { layer: "relu" } },
  ["0.weight", "0.bias"],
  [["0.weight", "2.weight"]],
  "0.weight",
  "inputNames",
  "frozen",
  "tied",
  "bias",
];

const WEIGHTS = ["int8", "bf16"] as const;

/** A class of one's own. */
class Block extends nn.Module {
  readonly inner: nn.Linear;

  constructor(readonly width: number) {
    super();
    this.inner = nn.linear(width, width);
  }

  override configuration(): readonly unknown[] {
    return [this.width];
  }

  override forward(x: Operand): Operand {
    return this.inner.call(x);
  }
}

/** `io.load`, of models and of checkpoints. */
export const load: Target = {
  name: "load",
  errors: ["FormatError", "StateDictError", "TypeError"],
  room: 2 ** 25,
  async seeds() {
    const all = [...models(), nn.sequential(new Block(2), nn.relu())];
    const small = WEIGHTS.flatMap((weights) => models().map((model) => toBytes(model, { weights })));
    return [...all.map((model) => toBytes(model)), ...small, await checkpointBytes()];
  },
  mutate(draw, seeds) {
    const file = draw.pick(seeds) ?? new Uint8Array();
    return draw.chance(0.7) ? mutateMetadata(draw, file, "lanegrad", WORDS) : mutateSafetensors(draw, file, seeds);
  },
  async read(bytes) {
    const model = await loaded(bytes);
    const state = model.stateDict();
    await requireSaved(model);
    return bytesOf(Object.values(state));
  },
};

async function loaded(bytes: Uint8Array): Promise<nn.Module> {
  try {
    return await loadModel(bytes, { classes: { Block } });
  } catch (error) {
    // The only one that is promised.
    if (error instanceof TypeError && !error.message.includes("classes of the model must be given")) {
      throw new Fault(error.stack);
    }
    throw error;
  }
}

/** Requires that a model that was loaded can be saved and loaded. */
async function requireSaved(model: nn.Module): Promise<void> {
  let again: nn.Module;
  try {
    again = await loadModel(toBytes(model), { classes: { Block } });
  } catch (error) {
    throw new Fault(
      `a model that was loaded must be saved and loaded; got ${error instanceof Error ? error.stack : ""}`,
    );
  }
  if (String(again) !== String(model)) throw new Fault(`saved and loaded, ${String(model)} is ${String(again)}`);
}
