/** Files of PyTorch 1.6 and later: a zip archive of a pickle and one entry for each storage. */
import { FormatError, shown } from "../../base/errors.ts";
import { type ZipEntry, entryBytes, zipEntries } from "../zip.ts";
import { ByteReader } from "./byte-reader.ts";
import { unpickle } from "./pickle.ts";
import type { Saved } from "./storages.ts";

const PICKLE = "data.pkl";

/** @throws FormatError when the archive is damaged, or holds a program (TorchScript) */
export function savedInZip(where: string, bytes: Uint8Array): Saved {
  const entries = zipEntries(where, bytes);
  const folder = folderOf(where, entries);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new FormatError(`${where}: the file must be of torch.save; got a TorchScript program, of torch.jit.save`);
  }
  const pickle = stored(where, entries, `${folder}${PICKLE}`);
  const checked = new Map<string, Uint8Array>();
  return {
    root: unpickle(new ByteReader(where, pickle)),
    pickleBytes: pickle.length,
    isLittle: isLittle(where, entries, folder),
    bytesOf({ key, type, length }) {
      const storage = checked.get(key) ?? stored(where, entries, `${folder}data/${key}`);
      checked.set(key, storage);
      if (storage.length === length * type.bytes) return storage;
      const must = `storage ${shown(key)} must have ${length} ${type.name} in ${length * type.bytes} bytes`;
      throw new FormatError(`${where}: ${must}; got ${storage.length}`);
    },
  };
}

/** The folder of all entries, with its slash. */
function folderOf(where: string, entries: ReadonlyMap<string, ZipEntry>): string {
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [name] = pickles;
  if (name !== undefined && pickles.length === 1) return name.slice(0, -PICKLE.length);
  throw new FormatError(`${where}: the archive must have one ${PICKLE} in a folder; got ${pickles.length}`);
}

/** The bytes of an entry; PyTorch deflates none. */
function stored(where: string, entries: ReadonlyMap<string, ZipEntry>, name: string): Uint8Array {
  const entry = entries.get(name);
  if (entry === undefined) throw new FormatError(`${where}: the archive must have the entry ${shown(name)}; got none`);
  if (entry.isDeflated) throw new FormatError(`${where}: entry ${shown(name)} must be stored; got a deflated one`);
  return entryBytes(where, entry);
}

/** The order of bytes, which PyTorch states since 2.1. */
function isLittle(where: string, entries: ReadonlyMap<string, ZipEntry>, folder: string): boolean {
  const name = `${folder}byteorder`;
  if (!entries.has(name)) return true;
  const order = new TextDecoder().decode(stored(where, entries, name));
  if (order === "little" || order === "big") return order === "little";
  throw new FormatError(`${where}: byteorder must be little or big; got ${shown(order)}`);
}
