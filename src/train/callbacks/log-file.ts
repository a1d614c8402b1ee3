import type { UrlLike } from "../../base/url.ts";
import { append } from "../../files/append.ts";

const PAUSE = 250; // ms between writes

/** Lines that are appended to a file now and then, and at the end. */
export class LogFile {
  readonly #where: string;
  readonly #path: string | UrlLike;
  #lines = "";
  #writtenAt = -Infinity;

  constructor(where: string, path: string | UrlLike) {
    this.#where = where;
    this.#path = path;
  }

  /** Adds a line; a promise if lines are written now. */
  add(line: string): Promise<void> | undefined {
    this.#lines += `${line}\n`;
    return performance.now() - this.#writtenAt < PAUSE ? undefined : this.flush();
  }

  /** Writes all lines. @throws FileError when the host cannot */
  async flush(): Promise<void> {
    this.#writtenAt = performance.now();
    const lines = this.#lines;
    if (lines === "") return;
    this.#lines = "";
    await append(this.#where, this.#path, lines);
  }
}
