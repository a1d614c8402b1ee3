import { type UrlLike, isUrl } from "../base/url.ts";
import { platform, type FileStatus, type Files } from "#platform";
import { FileError } from "../base/errors.ts";
import { shown } from "../base/shown.ts";

/**
 * The files of the host and the absolute path of a path or file: URL.
 * @throws TypeError when the host has no files, as browsers, for other URLs, and for what is neither
 */
export function located(where: string, file: string | UrlLike): { readonly files: Files; readonly path: string } {
  const { files } = platform;
  if (typeof file !== "string" && !isUrl(file)) {
    throw new TypeError(`${where}: a file must be a path or a file: URL; got ${shown(file)}`);
  }
  if (!files) {
    throw new TypeError(
      `${where}: a path needs a host that has files, as Node; got ${shown(typeof file === "string" ? file : file.href)} in ${platform.name}`,
    );
  }
  if (typeof file === "string") {
    if (/^(https?|file|blob|data):/i.test(file)) {
      const advice = "new URL(…) for a file: URL, what was fetched for others";
      throw new TypeError(`${where}: a string must be a path, not a URL; got ${shown(file)} (give ${advice})`);
    }
    return { files, path: files.resolve(file) };
  }
  if (file.protocol !== "file:") {
    throw new TypeError(`${where}: a URL must be a file: URL; got ${shown(file.href)}`);
  }
  try {
    return { files, path: files.pathOf(file.href) };
  } catch (error) {
    throw new TypeError(`${where}: a file: URL must name a path of this machine; got ${shown(file.href)}`, {
      cause: error,
    });
  }
}

/** The path of a file in the same directory as another. */
export function pathBeside(where: string, file: string | UrlLike, name: string): string {
  const { files, path } = located(where, file);
  return files.resolve(files.directoryOf(path), name);
}

/** What `run` returns; a FileError where the host throws, which says that `path` must be as `must` says. */
export async function onHost<T>(where: string, path: string, must: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw fileError(where, path, must, error);
  }
}

/** `save: "a/b" must be writable; got ENOSPC: no space left on device` */
export function fileError(where: string, path: string, must: string, cause: unknown): FileError {
  const said = cause instanceof Error ? cause.message : shown(cause);
  // Node appends the call and its path: "ENOENT: no such file or directory, open '/a/b'".
  const [short] = /^[A-Z][A-Z0-9_]*: [^,]*/.exec(said) ?? [said];
  return new FileError(`${where}: ${JSON.stringify(path)} must be ${must}; got ${short}`, {
    cause,
    code: codeOf(cause),
  });
}

/** The system's code of an error of the host: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

const KINDS = { file: "a file", directory: "a directory", other: "a device or pipe" } as const;

/** Requires that what is at a path, if anything, is a file or a directory. */
export function requireKind(
  where: string,
  path: string,
  found: FileStatus | undefined,
  kind: "file" | "directory",
): void {
  if (!found || found.kind === kind) return;
  const code = kind === "directory" ? "ENOTDIR" : found.kind === "directory" ? "EISDIR" : undefined;
  const must = `${where}: ${JSON.stringify(path)} must be ${KINDS[kind]}`;
  throw new FileError(`${must}; got ${KINDS[found.kind]}`, { code });
}

/** The memory that `make` makes for what is read of a file; a FileError where the engine has none. */
export function roomFor<T>(where: string, path: string, bytes: number, make: (bytes: number) => T): T {
  try {
    return make(bytes);
  } catch (error) {
    throw fileError(where, path, `such that ${bytes} bytes of it fit in memory at once`, error);
  }
}
