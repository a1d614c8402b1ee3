import { stripVTControlCharacters } from "node:util";
import { Trainer, data, manualSeed, nn, optim, tensor } from "lanegrad";
import { afterEach, expect, test, vi } from "vitest";

const XOR = data.fromArrays(
  tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]),
  tensor([[0], [1], [1], [0]]),
);
const terminal = { isTTY: process.stdout.isTTY, columns: process.stdout.columns };

afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(process.stdout, terminal);
});

/** What `fit` prints on a terminal of some columns, or on none. */
async function printed(columns: number | undefined, progress?: boolean): Promise<string> {
  manualSeed(1);
  const model = nn.sequential(nn.linear(2, 1), nn.sigmoid());
  const trainer = new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 1 }) });
  Object.assign(process.stdout, { isTTY: columns !== undefined, columns });
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await trainer.fit(XOR, { epochs: 2, batchSize: 1, validation: XOR, ...(progress !== undefined && { progress }) });
  const text = write.mock.calls.map(([part]) => String(part)).join("");
  write.mockRestore();
  return text;
}

const EPOCH =
  /^epoch [12]\/2 {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}validation loss [\d.]+ {2}accuracy [\d.]+ % {2}[\d.]+ s$/;

test("in a terminal there is a live bar and a lasting line for each epoch", async () => {
  const text = await printed(120);
  expect(text).toContain("epoch 1/2  ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %");
  const lasting = text.split("\n").map((line) => stripVTControlCharacters(line.split("\r").at(-1) ?? ""));
  expect(lasting).toEqual([expect.stringMatching(EPOCH), expect.stringMatching(EPOCH), ""]);
});

test("the live line is never wider than the terminal", async () => {
  const lines = stripVTControlCharacters(await printed(20)).split(/[\r\n]+/);
  const live = lines.filter((line) => line.includes("░"));
  expect(live.length).toBeGreaterThan(0);
  for (const line of live) expect(line.length).toBeLessThan(20);
});

test("elsewhere it is silent, or prints the lasting lines alone where asked to", async () => {
  expect(await printed(undefined)).toBe("");
  const lines = (await printed(undefined, true)).split("\n");
  expect(lines).toEqual([expect.stringMatching(EPOCH), expect.stringMatching(EPOCH), ""]);
  expect(await printed(120, false)).toBe("");
});

test("every step is told of, in order, with its samples and its loss before the update", async () => {
  manualSeed(1);
  const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
  const first = trainer.evaluate(XOR).loss;
  const onStep =
    vi.fn<(step: { epoch: number; step: number; samples: number; loss: number; milliseconds: number }) => void>();
  await trainer.fit(XOR, { epochs: 2, batchSize: 4, onStep });
  await trainer.fit(XOR, { batchSize: 3, onStep });
  const steps = onStep.mock.calls.map(([step]) => step);
  expect(steps.map(({ epoch, step, samples }) => [epoch, step, samples])).toEqual([
    [1, 1, 4],
    [2, 1, 4],
    [1, 1, 3],
    [1, 2, 1],
  ]);
  expect(steps[0]?.loss).toBeCloseTo(first, 6);
  for (const { milliseconds } of steps) expect(milliseconds).toBeGreaterThan(0);
});
