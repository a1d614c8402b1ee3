/** The files of a directory of checkpoints. */
import { closeSync, openSync, readSync, readdirSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A checkpoint: its file and the steps done when it was written. */
export interface Generation {
  readonly name: string;
  readonly steps: number;
}

/** Whether a file of this name is a checkpoint, or a name for the best, that is being written. */
export function isUnfinished(name: string): boolean {
  return /^\.(step-|best).*\.tmp$/.test(name);
}

/** Names of files that only exist while something is written or locked, or that a killed process left. */
export function temporaryFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".tmp") || name === "lock");
}

/** Checkpoints, the oldest first. */
export function generations(directory: string): Generation[] {
  const found = readdirSync(directory).flatMap((name) => {
    const digits = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
    return digits === undefined ? [] : { name, steps: Number(digits) };
  });
  return found.toSorted((a, b) => a.steps - b.steps);
}

/** Checkpoints that were damaged on purpose and not written anew since. */
export class Damages {
  readonly #written = new Map<string, bigint>();

  constructor(readonly directory: string) {}

  /** Cuts off the end of a checkpoint or flips one bit of it; returns what was done. */
  damage({ name }: Generation, draw: () => number): string {
    const file = join(this.directory, name);
    const { size } = statSync(file);
    const place = Math.floor(draw() * size);
    const isCut = draw() < 0.5;
    if (isCut) truncateSync(file, place);
    else flipBit(file, place, Math.floor(draw() * 8));
    this.#written.set(name, writtenAt(file));
    return isCut ? `${name} cut to ${place} of ${size} bytes` : `a bit of byte ${place} of ${name} flipped`;
  }

  has({ name }: Generation): boolean {
    return this.#written.get(name) === writtenAt(join(this.directory, name));
  }
}

function flipBit(file: string, place: number, bit: number): void {
  const descriptor = openSync(file, "r+");
  const byte = new Uint8Array(1);
  readSync(descriptor, byte, 0, 1, place);
  writeSync(
    descriptor,
    byte.map((value) => value ^ (1 << bit)),
    0,
    1,
    place,
  );
  closeSync(descriptor);
}

function writtenAt(file: string): bigint {
  return statSync(file, { bigint: true }).mtimeNs;
}
