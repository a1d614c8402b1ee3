import { withDefaults } from "../../base/options.ts";
import type { StateTree } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { FileLike } from "../../files/source.ts";
import { readAll } from "../../files/read-all.ts";
import { CHOICE_DEFAULTS, type Choice } from "../chosen.ts";
import { decodeTorch } from "./decode.ts";

/** Options of `readTorch`, for a file that holds a dict: its keys are the names, not those of dicts in it (`renameKeys`). */
export type ReadTorchOptions = Choice;

/**
 * What a file of `torch.save` holds: a state dict as a record of tensors, a checkpoint as plain objects, arrays, numbers,
 * strings, booleans and null, with tensors in them; objects are without prototype. Nothing in the file is executed: a file
 * that names any class or function besides those of tensors and dicts is refused.
 *
 * Both forms are read, that of PyTorch 1.6 and later (a zip archive) and that of 0.1.10 to 1.5. Numbers become float32 or
 * int32, as by `readSafetensors`. Views become tensors of their own. Keys that are numbers become text; devices, dtypes and
 * layouts become their names; attributes of an OrderedDict are not read.
 *
 * `Saved` is what the caller knows of the file; it is not checked. Default: a state dict.
 *
 * @throws FormatError when the file is damaged, holds more than tensors, dicts, lists and numbers, or lacks an entry of `only`
 * @throws FileError when the host cannot read the file
 * @throws RangeError when two entries get one name
 */
export async function readTorch(file: FileLike, options?: ReadTorchOptions): Promise<Record<string, Tensor>>;
export async function readTorch<Saved extends StateTree>(file: FileLike, options?: ReadTorchOptions): Promise<Saved>;
export async function readTorch(file: FileLike, options: ReadTorchOptions = {}): Promise<StateTree> {
  const where = "readTorch";
  const choice = withDefaults(where, options, CHOICE_DEFAULTS);
  return await readAll(where, file, (bytes, within) => decodeTorch(within, bytes, choice));
}
