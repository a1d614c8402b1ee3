import type { UrlLike } from "../base/url.ts";
import { located, onHost } from "./host.ts";

/** Appends text to a file, which is made if it is missing. @throws FileError when the host cannot */
export async function append(where: string, file: string | UrlLike, text: string): Promise<void> {
  const { files, path } = located(where, file);
  await onHost(where, path, "writable", () => files.append(path, text));
}

/** Bytes of a file; 0 if there is none. @throws FileError when the host does not tell */
export async function sizeOfFile(where: string, file: string | UrlLike): Promise<number> {
  const { files, path } = located(where, file);
  const status = await onHost(where, path, "readable", () => files.status(path));
  return status?.size ?? 0;
}
