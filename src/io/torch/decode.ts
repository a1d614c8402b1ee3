import { FormatError } from "../../base/errors.ts";
import { shown } from "../../base/shown.ts";
import type { StateTree } from "../../base/state-tree.ts";
import { isZip } from "../zip.ts";
import { type Choice, chosenOf } from "../chosen.ts";
import { recordOf } from "../rename.ts";
import { isPlainForm, savedPlainly } from "./plain-form.ts";
import { type Saved, materializer } from "./storages.ts";
import { TreeMaker } from "./tree.ts";
import { type Pickled, PickledDict, described } from "./values.ts";
import { savedInZip } from "./zip-form.ts";

const TAR_WORD = 257; // where "ustar" is in a tar archive

/**
 * What a file of `torch.save` holds.
 * @throws FormatError when the bytes are no such file, or hold more than tensors, dicts, lists and numbers
 */
export function decodeTorch(where: string, bytes: Uint8Array, choice: Choice): StateTree {
  const saved = savedIn(where, bytes);
  const maker = new TreeMaker(where, saved.pickleBytes, materializer(where, saved, bytes.length));
  if (choice.only === undefined && choice.rename === undefined) return maker.make(saved.root, "");
  const chosen = chosenOf(where, recordOf(entriesOf(where, saved.root)), choice);
  return recordOf(Object.entries(chosen).map(([name, value]) => [name, maker.make(value, name)]));
}

function savedIn(where: string, bytes: Uint8Array): Saved {
  if (isZip(bytes)) return savedInZip(where, bytes);
  if (isPlainForm(bytes)) return savedPlainly(where, bytes);
  const word = new TextDecoder("latin1").decode(bytes.subarray(TAR_WORD, TAR_WORD + 5));
  const begin = shown(new TextDecoder("latin1").decode(bytes.subarray(0, 8)));
  const got = word === "ustar" ? "the tar form of PyTorch before 0.1.10" : `a file that begins with ${begin}`;
  throw new FormatError(`${where}: the file must be of torch.save, since PyTorch 0.1.10; got ${got}`);
}

function entriesOf(where: string, root: Pickled): ReadonlyMap<string, Pickled> {
  if (root instanceof PickledDict) return root.entries;
  throw new FormatError(`${where}: only and rename must be for a file that holds a dict; got ${described(root)}`);
}
