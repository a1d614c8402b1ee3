import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileError, Trainer, csvLog, data, jsonLog, manualSeed, nn, optim } from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";

const SET = data.fromArrays(
  randomTensor([12, 3], 1),
  Int32Array.from({ length: 12 }, (_, i) => i % 2),
);
const OPTIONS = { progress: false, epochs: 2, batchSize: 5, validation: SET } as const;

function make(): Trainer {
  manualSeed(1);
  return new Trainer(nn.linear(3, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
}

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), "lanegrad-log-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test("a JSON log has a line for each event, with what the history has", async () => {
  const path = join(place(), "log.jsonl");
  const { epochs } = await make().fit(SET, { ...OPTIONS, callbacks: [jsonLog(path, { everySteps: 2 })] });
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ type }) => type)).toEqual(["begin", "step", "epoch", "step", "step", "epoch", "end"]);
  const told = events.filter(({ type }) => type === "epoch");
  expect(told.map(({ loss, validation, lr }) => ({ loss, validation, lr }))).toEqual(
    epochs.map(({ loss, validation }) => ({ loss, validation: { ...validation }, lr: 0.5 })),
  );
  for (const { time } of events) expect(new Date(String(time)).toISOString()).toBe(time);
});

test("a CSV log has a head and a row for each epoch; a resumed training continues it", async () => {
  const path = join(place(), "log.csv");
  const metrics = { "a, b": () => 0.5 };
  const trainer = make();
  const first = await trainer.fit(SET, { ...OPTIONS, metrics, epochs: 3, stepLimit: 3, callbacks: [csvLog(path)] });
  await trainer.fit(SET, { ...OPTIONS, metrics, epochs: 3, resume: true, callbacks: [csvLog(path)] });
  const [head = "", ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(head).toBe('epoch,steps,lr,seconds,loss,accuracy,validation loss,validation accuracy,"validation a, b"');
  expect(rows.map((row) => row.split(",").slice(0, 3))).toEqual([
    ["1", "3", "0.5"],
    ["2", "3", "0.5"],
    ["3", "3", "0.5"],
  ]);
  const [loss] = first.epochs;
  expect(Number(rows[0]?.split(",")[4])).toBe(loss?.loss);
  expect(rows[0]?.split(",").at(-1)).toBe("0.5");
});

test("a CSV log has the columns of averages from its first row on, empty before the first average", async () => {
  const path = join(place(), "log.csv");
  manualSeed(1);
  const averaging = { decay: 0.5, start: 4 };
  const options = { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.5 }), averaging };
  const trainer = new Trainer(nn.linear(3, 2), options);
  const { epochs } = await trainer.fit(SET, { ...OPTIONS, callbacks: [csvLog(path)] });
  const [head = "", ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(head.split(",").slice(-2)).toEqual(["averaged loss", "averaged accuracy"]);
  const last = epochs[1]?.averaged;
  expect(rows.map((row) => row.split(",").slice(-2))).toEqual([
    ["", ""],
    [`${last?.loss}`, `${last?.accuracy}`],
  ]);
  expect(rows.map((row) => row.split(",").length)).toEqual([10, 10]);
});

test("a place that cannot be written to is refused before a step", async () => {
  const directory = place();
  writeFileSync(join(directory, "file"), "");
  for (const log of [jsonLog, csvLog]) {
    const trainer = make();
    const failed = trainer.fit(SET, { ...OPTIONS, callbacks: [log(join(directory, "file", "log"))] });
    await expect(failed).rejects.toThrow(FileError);
    await expect(failed).rejects.toThrow(new RegExp(`^${log.name}: ".*log" must be`));
    expect(trainer.options.optimizer.steps).toBe(0);
  }
  expect(existsSync(join(directory, "log"))).toBe(false);
});

test("the log of a training that fails says why", async () => {
  const path = join(place(), "log.jsonl");
  const onEpoch = (): never => {
    throw new Error("mine");
  };
  await expect(make().fit(SET, { ...OPTIONS, onEpoch, callbacks: [jsonLog(path)] })).rejects.toThrow("mine");
  const last = readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "";
  expect(JSON.parse(last)).toMatchObject({ type: "end", stopped: "an error", error: "Error: mine", epochs: 1 });
});
