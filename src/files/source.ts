/** A file to read: a path or file: URL where the host has files, a Blob, or bytes in memory. */
export type FileLike = string | URL | BlobLike | ArrayBuffer | Uint8Array;

/** What is read of a Blob or File. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): BlobLike;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes that are read in any order. */
export interface ByteSource {
  /** The path, or what holds the bytes, for messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * The bytes in [start, end), in a buffer of their own.
   * @throws FormatError when the source ends before `end`
   * @throws FileError when the host cannot read them
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}
