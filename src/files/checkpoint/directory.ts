import { type UrlLike, isUrl } from "../../base/url.ts";
import { type Files, platform } from "#platform";
import { FileError, FormatError, StateDictError, shown } from "../../base/errors.ts";
import { type Generation, readDescription, readGeneration, readWhole, writeGeneration } from "./generation.ts";
import { codeOf, fileError, located, requireKind } from "../host.ts";
import { writeFile } from "../write.ts";
import { Lock, OF_LOCKING } from "./lock.ts";

const FILE = /^step-(\d{9,15})\.safetensors$/;
/** Left by processes that ended while they wrote. */
const UNFINISHED = /^\.(best|(best|step-\d+)\.safetensors)\.[-0-9a-f]+\.tmp$/;
const BEST = "best.safetensors";

/** A checkpoint in a directory. */
export interface CheckpointFile {
  readonly path: string;
  /** The step after which it was written. */
  readonly step: number;
}

/** The files of one training: a checkpoint of each of its last generations, and of its best epoch. */
export class CheckpointDirectory {
  readonly #files: Files;
  readonly #lock: Lock;
  /** Steps of all checkpoints, in ascending order. */
  #steps: readonly number[];

  private constructor(
    readonly path: string,
    files: Files,
    lock: Lock,
    steps: readonly number[],
  ) {
    this.#files = files;
    this.#lock = lock;
    this.#steps = steps;
  }

  /**
   * Makes the directory if there is none, and takes it for this process.
   * @throws TypeError when `directory` is not a path
   * @throws FileError when it cannot be made or written to, or another process has it
   */
  static async open(where: string, directory: string | UrlLike): Promise<CheckpointDirectory> {
    if (!isUrl(directory) && (typeof directory !== "string" || directory === "")) {
      throw new TypeError(`${where}: directory must be a path; got ${shown(directory)}`);
    }
    const { files, path } = located(where, directory);
    return asFileErrors(where, path, async () => {
      requireKind(where, path, await files.status(path), "directory");
      await files.makeDirectory(path);
      const lock = await Lock.take(where, files, path);
      try {
        const names = await files.list(path);
        for (const name of names)
          if (UNFINISHED.test(name) || OF_LOCKING.test(name)) await files.remove(files.resolve(path, name));
        const steps = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number);
        return new CheckpointDirectory(
          path,
          files,
          lock,
          steps.toSorted((a, b) => a - b),
        );
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /** The path of the checkpoint at a step. */
  fileAt(step: number): string {
    return this.#files.resolve(this.path, `step-${String(step).padStart(9, "0")}.safetensors`);
  }

  /**
   * What `check` gives for the newest checkpoint that is as it was written and that it accepts; newer ones are renamed, with
   * a warning. Undefined if there are no checkpoints.
   * @param check throws a StateDictError for a checkpoint of another training
   * @throws StateDictError when there are checkpoints, but none is accepted, and the newest that is whole says why
   * @throws FormatError when all are damaged
   */
  async newest<T>(where: string, check: (generation: Generation, file: CheckpointFile) => T): Promise<T | undefined> {
    const refused: Error[] = [];
    for (const step of this.#steps.toReversed()) {
      const path = this.fileAt(step);
      try {
        const accepted = check(await readGeneration(where, this.#files, path), { path, step });
        for (const { message } of refused) platform.warn(`${message}; the checkpoint before it is used`);
        await this.#renameAfter(where, step);
        return accepted;
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof StateDictError)) throw error;
        refused.push(error);
      }
    }
    if (refused.length === 0) return undefined;
    const unlike = refused.find((error) => error instanceof StateDictError);
    if (unlike) throw unlike;
    const reasons = refused.map(({ message }) => message.replace(`${where}: `, "")).join("; ");
    throw new FormatError(
      `${where}: ${JSON.stringify(this.path)} must have a checkpoint that is not damaged; got ${reasons}`,
    );
  }

  /** @throws FormatError or FileError when the checkpoint is damaged or missing */
  read(where: string, step: number): Promise<Generation> {
    return readGeneration(where, this.#files, this.fileAt(step));
  }

  /** The description of a checkpoint, read without the rest; undefined if it is damaged. */
  describe(where: string, step: number): Promise<string | undefined> {
    return readDescription(where, this.fileAt(step));
  }

  /**
   * Writes a checkpoint, then removes those that are not among `kept`.
   * @throws FileError when it cannot be written, or another process took the directory; then earlier ones are as before
   */
  async write(where: string, step: number, generation: Generation, kept: ReadonlySet<number>): Promise<void> {
    await asFileErrors(where, this.path, async () => {
      await this.#lock.require(where);
      await writeGeneration(where, this.#files, this.fileAt(step), generation);
      this.#steps = [...new Set([...this.#steps, step])].toSorted((a, b) => a - b);
    });
    await this.removeOthers(where, kept);
  }

  /** Removes the checkpoints that are not among `kept`. */
  async removeOthers(where: string, kept: ReadonlySet<number>): Promise<void> {
    await asFileErrors(where, this.path, async () => {
      for (const each of this.#steps) if (!kept.has(each)) await this.#files.remove(this.fileAt(each));
      this.#steps = this.#steps.filter((each) => kept.has(each));
    });
  }

  /** Gives the checkpoint of a step the second name `best.safetensors`; a copy on file systems without hard links. */
  async nameBest(where: string, step: number): Promise<void> {
    const best = this.#files.resolve(this.path, BEST);
    const name = this.#files.resolve(this.path, `.best.${this.#files.unique()}.tmp`);
    await asFileErrors(where, this.path, async () => {
      try {
        await this.#files.link(this.fileAt(step), name);
      } catch (error) {
        if (codeOf(error) === "ENOENT") throw error;
        return writeFile(where, best, [await readWhole(where, this.fileAt(step))]);
      }
      try {
        await this.#files.rename(name, best);
      } finally {
        await this.#files.remove(name); // rename does nothing if both are names of one file
      }
      await this.#files.syncDirectory(this.path);
    });
  }

  /** The steps of all checkpoints, the newest first. */
  get steps(): readonly number[] {
    return this.#steps.toReversed();
  }

  /**
   * Shows other machines that this process is alive.
   * @throws FileError when another process took the directory, or it is gone
   */
  refresh(where: string): Promise<void> {
    return asFileErrors(where, this.path, () => this.#lock.refresh(where));
  }

  close(): Promise<void> {
    return this.#lock.release().catch(() => undefined); // the directory may be gone
  }

  /** Renames the checkpoints after a step, so that they are not read again. */
  async #renameAfter(where: string, step: number): Promise<void> {
    for (const each of this.#steps.filter((other) => other > step)) {
      const path = this.fileAt(each);
      await asFileErrors(where, path, () => this.#files.rename(path, `${path}.damaged`));
    }
    this.#steps = this.#steps.filter((each) => each <= step);
  }
}

/** Runs `work`; an error of the host becomes a FileError that names the path. */
async function asFileErrors<T>(where: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === undefined || error instanceof FileError) throw error;
    throw fileError(where, path, "writable", error);
  }
}
