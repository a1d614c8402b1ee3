import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { FileError, Trainer, data, manualSeed, nn, optim } from "../../src/index.ts";
import { hostError, replaceFiles } from "../files/host.ts";
import { scratch } from "../files/support.ts";
import { randomTensor } from "../support.ts";
import { stateText } from "./trainings.ts";

const SET = data.fromArrays(randomTensor([24, 40], 1), randomTensor([24, 2], 2));
const OPTIONS = { progress: false, batchSize: 4, epochs: 3 } as const; // 6 steps in an epoch

/** Updates after every fourth step, so that a checkpoint after step 5 has gradients that wait. */
function make(hidden = 200): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(40, hidden), nn.dropout(0.3), nn.linear(hidden, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam(), accumulate: 4 });
}

/** Trains in a directory, disturbs it after a step, and expects the training to end with an error of the host. */
async function disturbed(directory: string, step: number, disturb: () => void, everySteps = 5): Promise<FileError> {
  const trainer = make();
  let state = "";
  const onStep = (): void => {
    state = stateText({ trainer });
    if (--left === 0) disturb();
  };
  let left = step;
  const error: unknown = await trainer
    .fit(SET, { ...OPTIONS, onStep, checkpoint: { directory, everySteps, keep: 10 } })
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(FileError);
  // All that was trained is in the trainer, gradients that wait for an update too: it can go on.
  expect(stateText({ trainer })).toBe(state);
  manualSeed(9);
  const history = await trainer.fit(SET, { ...OPTIONS, resume: true });
  const other = make();
  await other.fit(SET, OPTIONS);
  expect(history.epochs.length).toBe(3);
  expect(weightsOf(trainer)).toEqual(weightsOf(other));
  return error as FileError;
}

function weightsOf(trainer: Trainer): number[][] {
  return trainer.model.parameters().map((each) => [...each.read()]);
}

/** Expects a directory to have these checkpoints and nothing else, and a training to go on from the last of them. */
async function expectResumable(directory: string, steps: number[]): Promise<void> {
  expect(readdirSync(directory).toSorted()).toEqual(
    steps.map((step) => `step-${String(step).padStart(9, "0")}.safetensors`),
  );
  const trainer = make();
  const history = await trainer.fit(SET, { ...OPTIONS, checkpoint: { directory }, resume: true });
  expect(history.epochs.length).toBe(3);
  const other = make();
  await other.fit(SET, OPTIONS);
  expect(weightsOf(trainer)).toEqual(weightsOf(other));
}

/** Mounts a small file system until the test ends. */
function mount(directory: string, options: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory]);
  onTestFinished(() => void execFileSync("umount", ["-l", directory]));
}

const CAN_MOUNT = ((): boolean => {
  const directory = mkdtempSync(join(tmpdir(), "lanegrad-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", directory], { stdio: "ignore" });
    execFileSync("umount", [directory]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
})();

describe("an error of the host ends a training, which can go on; earlier checkpoints stay", () => {
  test.each(["ENOSPC: no space left on device", "EIO: i/o error"])(
    "while a checkpoint is written: %s",
    async (text) => {
      const directory = scratch();
      const [code = ""] = text.split(":");
      let restore = (): void => {};
      const error = await disturbed(directory, 15, () => {
        restore = replaceFiles("create", (files) => async (path, mode) => {
          const file = await files.create(path, mode);
          return {
            ...file,
            write: async (chunks) => {
              await file.write([(chunks[0] ?? new Uint8Array()).subarray(0, 100)]);
              throw hostError(text);
            },
          };
        });
      });
      restore();
      expect(error.code).toBe(code);
      expect(error.message).toBe(
        `fit: checkpoint: "${join(directory, "step-000000015.safetensors")}" must be writable; got ${text}`,
      );
      await expectResumable(directory, [5, 10]);
    },
  );

  test.each(["rename", "remove", "syncDirectory"] as const)("in %s", async (name) => {
    const directory = scratch();
    let restore = (): void => {};
    const trainer = make();
    const onStep = (): void => {
      if (trainer.options.optimizer.steps !== 2) return;
      restore = replaceFiles(name, () => () => Promise.reject(hostError("EROFS: read-only file system")));
    };
    const checkpoint = { directory, everySteps: 5, keep: 1, best: "loss" } as const;
    const ended = trainer.fit(SET, { ...OPTIONS, onStep, checkpoint });
    await expect(ended).rejects.toMatchObject({ name: "FileError", code: "EROFS" });
    restore();
    rmSync(join(directory, "lock"), { force: true });
    const resumed = make();
    const history = await resumed.fit(SET, { ...OPTIONS, checkpoint, resume: true });
    expect(history.epochs.length).toBe(3);
    expect(readdirSync(directory).filter((each) => each.endsWith(".tmp") || each === "lock")).toEqual([]);
  });

  test("when the directory is gone", async () => {
    const directory = scratch();
    const error = await disturbed(directory, 13, () => rmSync(directory, { recursive: true }));
    expect(error.code).toBe("ENOENT");
    expect(error.message).toBe(
      `fit: checkpoint: "${directory}" and the file "lock" in it must stay during the training; got one that was removed`,
    );
  });

  test("when the directory was moved, with its checkpoints", async () => {
    const root = scratch();
    const [directory, elsewhere] = [join(root, "a"), join(root, "b")];
    expect((await disturbed(directory, 13, () => renameSync(directory, elsewhere))).code).toBe("ENOENT");
    rmSync(join(elsewhere, "lock"));
    await expectResumable(elsewhere, [5, 10]);
  });

  test("when another process took the directory over", async () => {
    const directory = scratch();
    const lock = JSON.stringify({ processId: 12, host: "elsewhere", token: "1" });
    const error = await disturbed(directory, 13, () => writeFileSync(join(directory, "lock"), lock));
    expect(error.code).toBe("EBUSY");
    expect(error.message).toBe(
      `fit: checkpoint: "${directory}" must be written by one process; got process 12 on "elsewhere" that took it over while this one paused`,
    );
    expect(readFileSync(join(directory, "lock"), "utf8")).toBe(lock);
    rmSync(join(directory, "lock"));
    await expectResumable(directory, [5, 10]);
  });

  test("when the directory is a file", async () => {
    const file = join(scratch(), "file");
    writeFileSync(file, "mine");
    const trainer = make();
    await expect(trainer.fit(SET, { ...OPTIONS, checkpoint: { directory: file } })).rejects.toThrow(
      `fit: checkpoint: "${file}" must be a directory; got a file`,
    );
    await expect(trainer.fit(SET, { ...OPTIONS, checkpoint: { directory: join(file, "in") } })).rejects.toMatchObject({
      name: "FileError",
      code: "ENOTDIR",
    });
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("when the directory cannot be written to", async () => {
    const directory = scratch();
    replaceFiles("create", () => () => Promise.reject(hostError("EACCES: permission denied")));
    const trainer = make();
    const before = stateText({ trainer });
    await expect(trainer.fit(SET, { ...OPTIONS, checkpoint: { directory } })).rejects.toThrow(
      `fit: checkpoint: "${directory}" must be writable; got EACCES: permission denied`,
    );
    expect(stateText({ trainer })).toBe(before);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.runIf(CAN_MOUNT)("on a disk that is full", async () => {
    const directory = scratch();
    // Room for three checkpoints of some 140 kB, not for the fourth.
    mount(directory, "size=520k");
    const error = await disturbed(directory, 1, () => {}, 3);
    expect(error.code).toBe("ENOSPC");
    expect(error.message).toMatch(/^fit: checkpoint: ".*step-0000000\d\d\.safetensors" must be writable; got ENOSPC: no space left on device$/); // prettier-ignore
    const names = readdirSync(directory);
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(names.every((name) => /^step-\d+\.safetensors$/.test(name))).toBe(true);
    const trainer = make();
    const history = await trainer.fit(SET, {
      ...OPTIONS,
      checkpoint: { directory, everySteps: 3, keep: 1 },
      resume: true,
    });
    expect(history.epochs.length).toBe(3);
    expect(readdirSync(directory)).toEqual(["step-000000018.safetensors"]);
  });

  test.runIf(CAN_MOUNT)("in a directory that is read-only, from the start or later", async () => {
    const directory = scratch();
    mount(directory, "size=4m");
    const remount = (mode: string): void => void execFileSync("mount", ["-o", `remount,${mode}`, directory]);
    const error = await disturbed(directory, 13, () => remount("ro"));
    expect(error.code).toBe("EROFS");
    await expect(make().fit(SET, { ...OPTIONS, checkpoint: { directory }, resume: true })).rejects.toThrow(
      `fit: checkpoint: "${directory}" must be writable; got EROFS: read-only file system`,
    );
    remount("rw");
    rmSync(join(directory, "lock"), { force: true });
    await expectResumable(directory, [5, 10]);
  });
});

test("listeners of signals are removed after every end", async () => {
  const before = [process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")];
  const counts: number[] = [];
  const count = (): void => void counts.push(process.listenerCount("SIGINT"));
  await make().fit(SET, { ...OPTIONS, onEpoch: count, checkpoint: { directory: scratch() } });
  const failing = make().fit(SET, { ...OPTIONS, onEpoch: () => Promise.reject(new Error("mine")), checkpoint: { directory: scratch() } }); // prettier-ignore
  await expect(failing).rejects.toThrow("mine");
  expect(counts).toEqual([1, 1, 1].map((more) => (before[0] ?? 0) + more));
  expect([process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")]).toEqual(before);
});
