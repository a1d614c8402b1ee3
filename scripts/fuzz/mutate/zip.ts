import { zipSync } from "fflate";
import { entryBytes, zipEntries } from "../../../src/io/zip.ts";
import type { Draw } from "../draw.ts";
import { border, mutateBytes, writeInteger } from "./bytes.ts";

/** A field of a record: where it is, and its bytes. */
type Field = readonly [at: number, width: number];

/** The fields of each record of zip, by the signature. */
const RECORDS: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  [0x04_03_4b_50, fields([4, 6, 8, 10, 12, 26, 28], [0, 14, 18, 22])],
  [0x02_01_4b_50, fields([4, 6, 8, 10, 12, 14, 28, 30, 32, 34, 36], [0, 16, 20, 24, 38, 42])],
  [0x06_05_4b_50, fields([4, 6, 8, 10, 20], [0, 12, 16])],
]);

/** An archive with a change of its records, of its bytes, or of an entry, whose CRC-32 is right then. */
export function mutateZip(
  draw: Draw,
  archive: Uint8Array,
  others: readonly Uint8Array[],
  mutateEntry: (name: string, bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const kind = draw.below(6);
  if (kind === 0) return mutateBytes(draw, archive, others);
  if (kind < 3) return mutateRecords(draw, archive);
  return repacked(draw, archive, mutateEntry);
}

function mutateRecords(draw: Draw, archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const places: Field[] = [];
  for (let at = 0; at + 4 <= archive.length; at++) {
    for (const [offset, width] of RECORDS.get(view.getUint32(at, true)) ?? []) places.push([at + offset, width]);
  }
  const changed = archive.slice();
  for (let left = 1 + draw.below(3); left > 0; left--) {
    const [at, width] = draw.pick(places) ?? [0, 1];
    const kind = draw.below(4);
    const [from] = draw.pick(places) ?? [0];
    if (at + width > changed.length || from + width > changed.length) continue;
    if (kind === 0) changed.set(changed.subarray(from, from + width), at);
    else if (kind === 1) writeInteger(changed, at, width, (changed[at] ?? 0) + draw.pick([-1, 1]));
    else if (kind === 2) writeInteger(changed, at, width, draw.below(archive.length + 2));
    else writeInteger(changed, at, width, border(draw));
  }
  return changed;
}

/** The archive with other entries, stored or deflated. */
function repacked(
  draw: Draw,
  archive: Uint8Array,
  mutateEntry: (name: string, bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const entries = [...zipEntries("fuzz", archive)].map(([name, entry]): [string, Uint8Array] => [
    name,
    entryBytes("fuzz", entry),
  ]);
  const chosen = draw.below(entries.length);
  const [name = "", bytes = new Uint8Array()] = entries[chosen] ?? [];
  const kind = draw.below(8);
  if (kind === 0) entries.splice(chosen, 1);
  else if (kind === 1) entries[chosen] = [draw.pick(["", "a", "a/data.pkl", "__proto__.npy", `${name}2`]), bytes];
  else if (kind === 2) entries.push([draw.pick(["b/data.pkl", "archive/constants.pkl", "x.npy"]), bytes]);
  else entries[chosen] = [name, mutateEntry(name, bytes)];
  const level = draw.chance(0.3) ? 6 : 0;
  return zipSync(Object.fromEntries(entries), { level, mtime: new Date(1980, 0, 1) });
}

function fields(words: readonly number[], doubleWords: readonly number[]): readonly Field[] {
  return [...words.map((at): Field => [at, 2]), ...doubleWords.map((at): Field => [at, 4])];
}
