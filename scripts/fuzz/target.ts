import type { Draw } from "./draw.ts";

/** A reader that is given damaged files. */
export interface Target {
  readonly name: string;
  /** Names of the errors that it promises for files that are not as they must be. */
  readonly errors: readonly string[];
  /** Bytes of memory beyond the size of the file that it may take. */
  readonly room: number;
  /** Whether causes of errors may be those of packages that it uses. Default: false. */
  readonly hasPeers?: boolean;
  /** Whole files, from which others are made. The same call gives the same files. */
  seeds(): Promise<readonly Uint8Array[]>;
  /** A file made from others, most often one that must be refused. */
  mutate(draw: Draw, seeds: readonly Uint8Array[]): Uint8Array;
  /**
   * Reads a file and checks what it reads.
   * @returns bytes of the tensors
   * @throws Fault when what it reads, or leaves after a refusal, is not as it must be
   */
  read(bytes: Uint8Array): Promise<number>;
}

/** Something that must not happen whatever a file holds. */
export class Fault extends Error {
  override name = "Fault";
}
