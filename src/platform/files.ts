/**
 * Files and directories of a host. Paths are the host's own. Methods throw the host's error, whose `code` is the system's:
 * `ENOENT`, `EEXIST`, `ENOSPC`.
 */
export interface Files {
  /** The path of a file: URL, given as text. */
  pathOf(url: string): string;
  /** An absolute path: `names` below the first, or below the current directory. */
  resolve(...names: readonly string[]): string;
  /** The path of the directory that contains a file. */
  directoryOf(path: string): string;
  /** The last part of a path. */
  nameOf(path: string): string;
  /** The path after symbolic links were followed. */
  realPath(path: string): Promise<string>;

  /** Opens a file for reading. */
  open(path: string): Promise<OpenFile>;
  /**
   * Makes a new file and opens it for writing; `EEXIST` if there is one.
   * @param mode its permissions. Default: 0o666 less the process's mask.
   */
  create(path: string, mode?: number): Promise<OpenFile>;
  /** Appends text to a file, as UTF-8; makes it if there is none. */
  append(path: string, text: string): Promise<void>;
  /** What is at a path, after links; undefined if nothing is. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Moves a file, over an existing one in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Gives an existing file a second name; `EEXIST` if the name is taken. */
  link(existing: string, path: string): Promise<void>;
  /** Removes a file; does nothing if there is none. */
  remove(path: string): Promise<void>;

  /** Makes a directory and those above it; does nothing if it exists. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a directory, in no order. */
  list(path: string): Promise<readonly string[]>;
  /** Makes the names in a directory last through a power cut, on hosts and file systems that can. */
  syncDirectory(path: string): Promise<void>;

  /** Bytes of any contents, in a buffer of their own: they cost less than bytes that are set to 0. */
  room(bytes: number): Uint8Array<ArrayBuffer>;
  sha256(): Sha256;
  /** Hexadecimal digits that no other call returns, in this process or another. */
  unique(): string;
  /** The number of this process. */
  readonly processId: number;
  /** The name of this machine. */
  hostName(): string;
  /** Whether a process of this machine is running. A number may belong to another process than it once did. */
  isRunning(processId: number): boolean;
}

export interface FileStatus {
  readonly kind: "file" | "directory" | "other";
  /** Bytes. */
  readonly size: number;
  /** When its contents changed, in milliseconds since 1970. */
  readonly modified: number;
  /** Permissions: the lowest 12 bits of the mode. */
  readonly mode: number;
}

export interface OpenFile {
  status(): Promise<FileStatus>;
  /**
   * Fills the beginning of `into` from the byte `start` of the file.
   * @returns how many bytes were read: fewer than fit at the end of the file, and where the host reads in pieces
   */
  read(into: Uint8Array, start: number): Promise<number>;
  /** Writes all bytes of all chunks, in order, at the end of what was written. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Makes the contents last through a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A running SHA-256. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The hash of all bytes so far, in hexadecimal; the last call. */
  digest(): string;
}
