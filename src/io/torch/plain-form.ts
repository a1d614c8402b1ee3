/** Files of PyTorch 0.1.10 to 1.5: pickles of a magic number, a version, the system and the object, then the storages. */
import { FormatError, shown } from "../../base/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { unpickle } from "./pickle.ts";
import type { Saved } from "./storages.ts";
import { PickledList, type StorageRef } from "./values.ts";

/** The pickle of 0x1950a86a20f9469cfc6c, behind its protocol. */
const MAGIC = Uint8Array.of(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
const VERSION = 1001;

/** Whether bytes begin as such a file does. */
export function isPlainForm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && MAGIC.every((byte, i) => byte === bytes[i + 2]);
}

/** @throws FormatError when the file is damaged or of another version */
export function savedPlainly(where: string, bytes: Uint8Array): Saved {
  const reader = new ByteReader(where, bytes, 2 + MAGIC.length);
  const version = unpickle(reader);
  if (version !== VERSION) throw new FormatError(`${where}: the version must be ${VERSION}; got ${shown(version)}`);
  unpickle(reader); // sizes of the system's integers: storages are little-endian on all
  const storages = new Map<string, StorageRef>();
  const start = reader.at;
  const root = unpickle(reader, storages);
  const pickleBytes = reader.at - start;
  const keys = unpickle(reader);
  if (!(keys instanceof PickledList))
    throw new FormatError(`${where}: a list of storages must be behind the object; got none`);
  const held = new Map<string, Uint8Array>();
  for (const key of keys.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || held.has(storage.key)) {
      throw new FormatError(`${where}: the list must have each storage of the object once; got ${shown(key)}`);
    }
    const length = reader.int64();
    if (length !== storage.length) {
      throw new FormatError(
        `${where}: storage ${shown(storage.key)} must have ${storage.length} numbers; got ${length}`,
      );
    }
    held.set(storage.key, reader.take(length * storage.type.bytes));
  }
  return { root, pickleBytes, isLittle: true, bytesOf: ({ key }) => bytesIn(where, held, key) };
}

function bytesIn(where: string, held: ReadonlyMap<string, Uint8Array>, key: string): Uint8Array {
  const bytes = held.get(key);
  if (bytes) return bytes;
  throw new FormatError(`${where}: the file must hold storage ${shown(key)}; got none`);
}
