import type { UrlLike } from "../base/url.ts";
import { requireRecord, shown } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import { type SafetensorsOptions, SAFETENSORS_DEFAULTS, encodeSafetensors } from "../files/safetensors/index.ts";
import { writeFile } from "../files/write.ts";
import { configurationOf } from "../nn/configuration/encode.ts";
import type { Module } from "../nn/module/module.ts";
import { copyOf } from "../nn/module/state.ts";
import type { WeightOptions } from "../nn/module/weights.ts";
import { joined } from "./joined.ts";
import { smallState } from "./small-weights.ts";
import { CONFIGURATION, IN_MODEL, SCHEMA, VERSION } from "../files/model-file.ts";

export interface SaveOptions extends SafetensorsOptions, WeightOptions {
  /** The fitted schema of the rows that the model takes, which `loadSchema` of `lanegrad/data` reads. Default: none. */
  readonly schema?: { toJSON(): object };
}

const SAVE_DEFAULTS = {
  ...SAFETENSORS_DEFAULTS,
  schema: undefined,
  weights: "float32",
  keep: [],
} as const satisfies Defaults<SaveOptions>;

/** A state dict and its options, as `writeSafetensors` takes them. */
interface Written {
  readonly record: Readonly<Record<string, Tensor>>;
  readonly options: SafetensorsOptions;
}

/**
 * Writes a model to a safetensors file, from which `load` makes it again without code. Tensors have the names and layouts of the
 * state dict, so that other programs read them; the metadata has the layers as JSON, in `lanegrad`, and `format: "pt"`, which
 * Hugging Face's programs ask for. Numbers are those at the time of the call; after an error the former file is untouched.
 *
 * Shared layers, tied and frozen parameters are saved, and masks of `nn.prune` as tensors `masks/0.weight`. The mode and RNG
 * states belong to training and are not saved. Of a class of your own the file has the name, and the arguments that its
 * `configuration` gives. With `weights` those of linear, recurrent and attention layers and of convolutions are rounded to a
 * small format, and `load` gives them as float32.
 *
 * @throws TypeError when a class has parameters but no `configuration`, or a value in one is no JSON; the schema has no `toJSON`;
 * or the host has no files
 * @throws RangeError when a number cannot be written in the dtype or format, both of these are given, or `keep` has a path that
 * no layer has
 * @throws FileError when the host cannot write
 */
export async function save(model: Module, path: string | UrlLike, options: SaveOptions = {}): Promise<void> {
  const written = writtenOf("save", model, options);
  await writeFile("save", path, encodeSafetensors("save", written.record, written.options));
}

/**
 * The bytes of the file that `save` writes, for hosts without files.
 * @throws TypeError or RangeError as `save`
 */
export function toBytes(model: Module, options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
  const written = writtenOf("toBytes", model, options);
  const encoded = encodeSafetensors("toBytes", written.record, written.options);
  return joined(encoded, encoded.size);
}

function writtenOf(where: string, model: Module, options: SaveOptions): Written {
  const { metadata, dtype, schema, ...small } = withDefaults(where, options, SAVE_DEFAULTS);
  if (dtype !== undefined && small.weights !== "float32") {
    throw new RangeError(`${where}: dtype must not be given beside weights; got ${shown(dtype)} and ${small.weights}`);
  }
  const configuration = configurationOf(where, model);
  const { record, dtypes } = smallState(where, model, small);
  requireRecord(where, "metadata", metadata, "names and strings");
  for (const [key, whose] of Object.entries({ [CONFIGURATION]: "model", [SCHEMA]: "schema" })) {
    if (!Object.hasOwn(metadata, key)) continue;
    throw new RangeError(`${where}: metadata must not have "${key}", which is the ${whose}'s; got one`);
  }
  if (schema !== undefined && typeof Reflect.get(Object(schema), "toJSON") !== "function") {
    throw new TypeError(`${where}: schema must be a fitted schema; got ${shown(schema)}`);
  }
  const masks = model
    .namedParameters()
    .flatMap(([name, { mask }]) => (mask ? [[IN_MODEL.masks + name, copyOf(mask)] as const] : []));
  return {
    record: { ...record, ...Object.fromEntries(masks) },
    options: {
      metadata: {
        format: "pt",
        ...metadata,
        [CONFIGURATION]: JSON.stringify({ version: VERSION, model: configuration }),
        ...(schema && { [SCHEMA]: JSON.stringify(schema) }),
      },
      dtype: dtype ?? ((name) => dtypes.get(name)),
    },
  };
}
