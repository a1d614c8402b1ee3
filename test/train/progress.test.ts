import { type Operand, Trainer, backend, data, manualSeed, nn, optim, tensor } from "lanegrad";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { onScreen } from "../screen.ts";

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

beforeAll(async () => {
  backend(); // may warn that wide mode is off, before lines are counted
  await wait(0);
});

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

/** A trainer of XOR. */
function trainerOf(): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(2, 1), nn.sigmoid());
  return new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 1 }) });
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

describe("in a terminal", () => {
  test("there is a lasting line for each epoch, and one live line below them", async () => {
    const screen = onScreen(140);
    const seen: string[][] = [];
    const onProgress = (): void => void seen.push([...screen.lines]);
    const options = { epochs: 2, batchSize: 1, validation: XOR, callbacks: [{ onProgress }] };
    await trainerOf().fit(XOR, { ...options, onStep: () => wait(30) });
    expect(screen.lines).toEqual([expect.stringMatching(EPOCH), expect.stringMatching(EPOCH)]);
    const [first = [], last = []] = [seen[0], seen.at(-1)];
    const figures =
      /^epoch 1\/2 {2}\u2588+\u2591+ \d+ % {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}\d s left {2}\d s in all {2}\d+ samples\/s {2}step [1-4]\/4 {2}lr 1$/;
    expect(first).toEqual([expect.stringMatching(figures)]);
    expect(last).toEqual([
      expect.stringMatching(EPOCH),
      expect.stringMatching(/^epoch 2\/2 .* \d s left {2}\d+ samples\/s {2}step [1-4]\/4 {2}lr 1$/),
    ]);
  });

  test.each([
    [20, /^epoch 1\/2 {2}\d+ %$/],
    [40, /^epoch 1\/2 {2}\d+ % {2}loss [\d.]+( {2}lr 1)?$/],
    [80, /^epoch 1\/2 {2}.* \d+ % {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}\d s left/],
  ])("%d columns have what fits of it, nothing in part", async (columns, line) => {
    const screen = onScreen(columns);
    const seen: (string | undefined)[] = [];
    const onProgress = (): void => void seen.push(screen.lines.at(-1));
    await trainerOf().fit(XOR, { epochs: 2, batchSize: 1, onStep: () => wait(30), callbacks: [{ onProgress }] });
    expect(seen[0]).toMatch(line);
  });

  test.each([
    [80, /^epoch [12]\/2 {2}loss [\d.]+ {2}validation loss [\d.]+ {2}accuracy [\d.]+ % {2}[\d.]+ s$/],
    [60, /^epoch [12]\/2 {2}loss [\d.]+ {2}validation loss [\d.]+$/],
    [40, /^epoch [12]\/2 {2}loss [\d.]+$/],
  ])("of an epoch, %d columns have the most important figures", async (columns, line) => {
    const screen = onScreen(columns);
    await trainerOf().fit(XOR, { epochs: 2, batchSize: 1, validation: XOR });
    expect(screen.lines.filter((each) => line.test(each)).length).toBe(2);
  });

  test.each([0, 1])("%d columns do no harm", async (columns) => {
    const screen = onScreen(columns);
    screen.columns = 100;
    await trainerOf().fit(XOR, { epochs: 2, batchSize: 1, validation: XOR });
    const epoch = /^epoch [12]\/2 {2}loss [\d.]+ .*validation loss [\d.]+ .* s$/;
    expect(screen.lines).toEqual([expect.stringMatching(epoch), expect.stringMatching(epoch)]);
  });

  test("what others print stays, whole lines and parts of lines", async () => {
    const screen = onScreen(100);
    const parts = ["one\ntwo\n", "th", "ree", "\n", "four", "", "five\n", "six"];
    const onStep = ({ steps }: { readonly steps: number }): void => {
      if (steps % 2 === 0) process.stderr.write(parts[steps - 1] ?? "");
      else process.stdout.write(parts[steps - 1] ?? "");
    };
    await trainerOf().fit(XOR, { epochs: 2, batchSize: 1, onStep, validation: XOR });
    const epoch = expect.stringMatching(EPOCH) as unknown;
    expect(screen.lines).toEqual(["one", "two", "three", epoch, "fourfive", "six", epoch]);
  });

  test("two trainings at the same time print all their lines and leave none behind", async () => {
    const screen = onScreen(100);
    const options = { epochs: 3, batchSize: 1, onStep: () => wait(10) };
    await Promise.all([trainerOf().fit(XOR, options), trainerOf().fit(XOR, options)]);
    const epochs = screen.lines.map((line) => /^epoch \d/.exec(line)?.[0]);
    expect(epochs).toEqual([1, 1, 2, 2, 3, 3].map((epoch) => `epoch ${epoch}`));
    expect(screen.text).not.toMatch(/samples|%$/);
  });

  test("an error leaves the lines before it", async () => {
    const { write } = process.stdout; // eslint-disable-line typescript/unbound-method
    const screen = onScreen(100);
    const onStep = ({ epoch }: { readonly epoch: number }): void => {
      if (epoch === 2) throw new Error("stop");
    };
    await expect(trainerOf().fit(XOR, { epochs: 3, validation: XOR, onStep })).rejects.toThrow("stop");
    process.stdout.write("next\n");
    expect(screen.lines).toEqual([expect.stringMatching(/^epoch 1\/3 .* s$/), "next"]);
    vi.restoreAllMocks();
    expect(process.stdout.write).toBe(write); // eslint-disable-line typescript/unbound-method
  });

  test("followed metrics are in the lines, without control characters", async () => {
    const screen = onScreen(200);
    const metrics = { f1: () => 0.91234, "a\rb": () => 1e-5 };
    await trainerOf().fit(XOR, { batchSize: 1, validation: XOR, metrics });
    expect(screen.lines[0]).toMatch(
      / validation loss [\d.]+ {2}accuracy [\d.]+ % {2}f1 0\.9123 {2}a\\u000db 0\.0000100 {2}/,
    );
  });

  test("losses by name are in the lines if they are short", async () => {
    const screen = onScreen(200);
    for (const name of ["b", "b".repeat(40)]) {
      class Heads extends nn.Module {
        readonly head = nn.linear(2, 1);
        override forward(x: Operand): Record<string, Operand> {
          return { a: this.head.call(x), [name]: this.head.call(x) };
        }
      }
      const loss = { a: nn.mseLoss(), [name]: nn.mseLoss() };
      const set = data.fromArrays(XOR.x, { a: XOR.y, [name]: XOR.y });
      await new Trainer(new Heads(), { loss, optimizer: optim.sgd({ lr: 0.1 }) }).fit(set, { progress: true });
    }
    expect(screen.lines[0]).toMatch(/^epoch 1\/1 {2}loss [\d.]+ \(a [\d.]+, b [\d.]+\) {2}[\d.]+ s$/);
    expect(screen.lines[1]).toMatch(/^epoch 1\/1 {2}loss [\d.]+ {2}[\d.]+ s$/);
  });

  test("curves of at least 5 epochs follow the last, at most 60 columns wide", async () => {
    for (const [epochs, columns, lines] of [
      [4, 100, 0],
      [5, 100, 8],
      [50, 50, 8],
      [5, 20, 0],
    ] as const) {
      vi.restoreAllMocks();
      const screen = onScreen(columns);
      screen.columns = 200;
      await trainerOf().fit(XOR, { epochs, validation: XOR });
      const [, ...after] = screen.lines.slice(epochs - 1);
      expect(after).toHaveLength(lines);
      if (lines === 0) continue;
      expect(after[0]).toMatch(/^loss {2}\u2500 training {2}\u00b7 validation/);
      expect(after.at(-1)).toMatch(new RegExp(`^ *epoch 1 +${epochs}$`));
      expect(Math.max(...after.map((line) => line.length))).toBe(Math.min(columns - 3, 60));
    }
  });

  test("is drawn at most every 50 ms", async () => {
    const screen = onScreen(100);
    const write = vi.spyOn(screen, "write");
    const began = performance.now();
    await trainerOf().fit(XOR, { epochs: 200, batchSize: 1 });
    // Not those that only erase the line before a lasting one.
    const drawings = write.mock.calls.filter(([text]) => /^\r.*epoch/.test(text) && !text.includes("\n"));
    expect(drawings.length).toBeGreaterThan(0);
    expect(drawings.length).toBeLessThanOrEqual((performance.now() - began) / 50 + 3);
  });
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
