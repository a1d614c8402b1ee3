import { type Files, platform } from "#platform";
import { FileError } from "../../base/errors.ts";
import { codeOf } from "../host.ts";

/** What a lock file says of the process that made it. */
interface Holder {
  readonly processId: number;
  readonly host: string;
  /** Digits that no other lock has. */
  readonly token: string;
}

/** Names of files that exist only while a lock is taken; they stay if the process is killed meanwhile. */
export const OF_LOCKING = /^\.lock\.([0-9a-f]{16}|removing)\.tmp$/;
const REMOVING = ".lock.removing.tmp";
const ABANDONED = 10_000; // ms after which a process that removes a lock must have been killed
const ATTEMPTS = 100;

/** Milliseconds after which a lock of another machine counts as left behind: its holder refreshes it while it trains. */
const STALE = 120_000;

/**
 * The right of one process to write to a directory: a file `lock` in it. A lock of a process that ended without removing
 * it, as after SIGKILL, is taken over: at once if it ran on this machine, else two minutes after it was refreshed last.
 */
export class Lock {
  readonly #files: Files;
  readonly #directory: string;
  readonly #path: string;
  readonly #text: string;

  private constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
    this.#path = files.resolve(directory, "lock");
    const holder: Holder = { processId: files.processId, host: files.hostName(), token: files.unique() };
    this.#text = JSON.stringify(holder);
  }

  /** @throws FileError when another process holds it */
  static async take(where: string, files: Files, directory: string): Promise<Lock> {
    const lock = new Lock(files, directory);
    held.add(lock.#text); // before it is seen: one of this process that is not held counts as left behind
    try {
      await lock.#take(where);
    } catch (error) {
      held.delete(lock.#text);
      throw error;
    }
    return lock;
  }

  /** Requires that no process took the lock over, which one may do if this process paused for long. */
  async require(where: string): Promise<void> {
    const found = await this.#read(this.#path);
    if (found?.text === this.#text) return;
    const directory = JSON.stringify(this.#directory);
    if (found) {
      throw new FileError(
        `${where}: ${directory} must be written by one process; got ${printed(found.text)} that took it over while this one paused`,
        { code: "EBUSY" },
      );
    }
    throw new FileError(
      `${where}: ${directory} and the file "lock" in it must stay during the training; got one that was removed`,
      { code: "ENOENT" },
    );
  }

  /** Shows other machines that the holder is alive. A disk may be full meanwhile: what must be written shows that. */
  async refresh(where: string): Promise<void> {
    await this.require(where);
    const candidate = await this.#candidate().catch(() => undefined);
    if (candidate !== undefined) await this.#files.rename(candidate, this.#path);
  }

  async release(): Promise<void> {
    held.delete(this.#text);
    if ((await this.#read(this.#path))?.text === this.#text) await this.#files.remove(this.#path);
  }

  async #take(where: string): Promise<void> {
    const candidate = await this.#candidate();
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await this.#isTakenBy(candidate)) return;
        const found = await this.#read(this.#path);
        if (!found) continue; // released meanwhile
        // Both times are those of the file system, whose clock may differ from this machine's.
        const now = (await this.#files.status(candidate))?.modified ?? 0;
        if (this.#isHeld(found.text, now - found.modified)) throw this.#taken(where, found.text);
        await this.#removeAbandoned(found.text, now);
      }
      throw this.#taken(where, "");
    } finally {
      await this.#files.remove(candidate);
    }
  }

  /** Whether the candidate became the lock: in one step, so that a lock is never seen half written. */
  async #isTakenBy(candidate: string): Promise<boolean> {
    try {
      await this.#files.link(candidate, this.#path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
    }
    // File systems without hard links.
    try {
      await this.#write(this.#path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  }

  #isHeld(text: string, age: number): boolean {
    const holder = holderOf(text);
    if (!holder) return age < STALE; // being written, on a file system without hard links
    if (holder.host !== this.#files.hostName()) return age < STALE;
    return holder.processId === this.#files.processId ? held.has(text) : this.#files.isRunning(holder.processId);
  }

  /**
   * Removes a lock that was left behind. One process at a time does that, and looks again: another may have taken the lock
   * over since it was read.
   * @param now the time of the file system, in milliseconds
   */
  async #removeAbandoned(text: string, now: number): Promise<void> {
    const removing = this.#files.resolve(this.#directory, REMOVING);
    try {
      await (await this.#files.create(removing)).close();
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const since = (await this.#files.status(removing))?.modified ?? now;
      if (now - since > ABANDONED) await this.#files.remove(removing);
      return platform.nextTurn();
    }
    try {
      if ((await this.#read(this.#path))?.text === text) await this.#files.remove(this.#path);
    } finally {
      await this.#files.remove(removing);
    }
  }

  async #candidate(): Promise<string> {
    const path = this.#unfinished();
    await this.#write(path);
    return path;
  }

  #unfinished(): string {
    return this.#files.resolve(this.#directory, `.lock.${this.#files.unique()}.tmp`);
  }

  async #write(path: string): Promise<void> {
    const file = await this.#files.create(path);
    try {
      await file.write([new TextEncoder().encode(this.#text)]).finally(() => file.close());
    } catch (error) {
      await this.#files.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async #read(path: string): Promise<{ readonly text: string; readonly modified: number } | undefined> {
    try {
      const file = await this.#files.open(path);
      try {
        const { size, modified } = await file.status();
        const bytes = new Uint8Array(Math.min(size, 4096));
        const length = await file.read(bytes, 0);
        return { text: new TextDecoder().decode(bytes.subarray(0, length)), modified };
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  #taken(where: string, text: string): FileError {
    return new FileError(
      `${where}: ${JSON.stringify(this.#directory)} must be used by one training at a time; got ${printed(text)} that holds ${JSON.stringify(this.#path)} (remove the file if that process has ended)`,
      { code: "EBUSY" },
    );
  }
}

/** The locks of this process: after a restart, a lock may bear its number and be of the process before. */
const held = new Set<string>();

function holderOf(text: string): Holder | undefined {
  try {
    const { processId, host, token }: { readonly [name: string]: unknown } = Object(JSON.parse(text));
    if (typeof processId === "number" && typeof host === "string" && typeof token === "string") {
      return { processId, host, token };
    }
  } catch {
    // Not JSON: as good as none.
  }
  return undefined;
}

/** `process 12 on "host"` for the text of a lock. */
function printed(text: string): string {
  const holder = holderOf(text);
  return holder ? `process ${holder.processId} on ${JSON.stringify(holder.host)}` : "another process";
}
