import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CommandError, EXIT } from "../../src/cli/errors.ts";
import { grid, gridSize, randomSettings } from "../../src/cli/tune/candidates.ts";
import { type Trial, openLog } from "../../src/cli/tune/log.ts";
import { type Variable, spaceOf } from "../../src/cli/tune/space.ts";

const number = (text: string): number => {
  if (!Number.isFinite(Number(text))) throw new Error("must be a number");
  return Number(text);
};
const variables: readonly Variable[] = [
  { name: "lr", kind: "number", parse: number },
  { name: "dropout", kind: "number", parse: number },
  { name: "epochs", kind: "whole", parse: number },
  { name: "model", kind: "text", parse: String },
];

function space(...tries: string[]): ReturnType<typeof spaceOf> {
  return spaceOf(tries, variables);
}

describe("the space of a search", () => {
  test("a grid has all combinations; a range has five values", () => {
    const dimensions = space("lr=0.001, 1e-2", "--dropout=0..0.5");
    expect(gridSize(dimensions)).toBe(10);
    const all = grid(dimensions);
    expect(all.length).toBe(10);
    expect(all.slice(0, 6).map(({ lr, dropout }) => `${lr} ${dropout}`)).toEqual([
      "0.001 0",
      "0.001 0.125",
      "0.001 0.25",
      "0.001 0.375",
      "0.001 0.5",
      "1e-2 0",
    ]);
    expect(grid(space("lr=1e-4..1:log")).map(({ lr }) => lr)).toEqual(["0.0001", "0.001", "0.01", "0.1", "1"]);
    expect(grid(space("epochs=1..3")).map(({ epochs }) => epochs)).toEqual(["1", "2", "3"]);
    expect(grid(space("model=../a.js,64-3")).map(({ model }) => model)).toEqual(["../a.js", "64-3"]);
  });

  test("random settings are within their ranges, differ, and depend on the seed only", () => {
    const dimensions = space("lr=1e-4..1e-1:log", "dropout=0..0.5", "model=8,16,32");
    const all = randomSettings(dimensions, 200, 7);
    expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(200);
    expect(randomSettings(dimensions, 50, 7)).toEqual(all.slice(0, 50));
    expect(randomSettings(dimensions, 50, 8)).not.toEqual(all.slice(0, 50));
    const rates = all.map(({ lr }) => Number(lr));
    expect(rates.every((lr) => lr >= 1e-4 && lr <= 0.1)).toBe(true);
    // Half of them below the geometric mean: 200 draws are within 5 standard deviations of 100, which is 35.
    expect(Math.abs(rates.filter((lr) => lr < 10 ** -2.5).length - 100)).toBeLessThan(36);
    const counts = ["8", "16", "32"].map((model) => all.filter((each) => each["model"] === model).length);
    expect(Math.min(...counts)).toBeGreaterThan(33);
    expect(all.every(({ dropout }) => /^\d(\.\d{1,5})?$/.test(dropout ?? "") && Number(dropout) <= 0.5)).toBe(true);
    expect(randomSettings(space("model=8,16", "epochs=1..2"), 50, 1).length).toBe(4);
  });

  test.each([
    ["lr", "tune: --try must be OPTION=VALUES; got lr", "--try lr=0.001,0.01"],
    ["=3", "tune: --try must be OPTION=VALUES; got =3", "--try lr=0.001,0.01"],
    ["droput=0.1", "tune: --try must vary one of lr, dropout, epochs, model; got droput", 'did you mean "dropout"?'],
    ["lr=a", "tune: --try lr: values must be a number; got a", undefined],
    ["lr=", "tune: --try lr: values must be a value; got none", undefined],
    ["lr=1,,2", "tune: --try lr: values must be a value; got none", undefined],
    ["lr=1,1", "tune: --try lr: values must differ; got 1,1", undefined],
    ["lr=2..1", "tune: --try lr: a range must go from the lower number to the higher one; got 2..1", undefined],
    ["lr=0..1:log", "tune: --try lr: a range by logarithm must begin above 0; got 0..1:log", undefined],
    ["lr=0..1:lag", "tune: --try lr: values must be a number; got 0..1:lag", undefined],
  ])("refuses %s", (text, message, hint) => {
    expect(() => space(text)).toThrow(expect.objectContaining({ message, hint, exitCode: EXIT.usage }));
  });

  test("refuses an option that is named twice", () => {
    expect(() => space("lr=1", "lr=2")).toThrow("tune: --try must name an option once; got lr twice");
  });
});

describe("the log of a search", () => {
  const trial: Trial = {
    settings: { lr: "1" },
    seed: 3,
    loss: 0.5,
    accuracy: null,
    epochs: 4,
    seconds: 1,
    failed: null,
  };
  const file = (): string => join(mkdtempSync(join(tmpdir(), "lanegrad-tune-")), "tune.jsonl");

  test("continues after its process was killed, also in the middle of a line", () => {
    const path = file();
    const log = openLog(path, { data: "a" }, false);
    log.add(trial);
    log.add({ ...trial, seed: 4 });
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, `${whole}{"type":"trial","settings":{"l`);
    const resumed = openLog(path, { data: "a" }, true);
    expect(resumed.before).toEqual([trial, { ...trial, seed: 4 }]);
    resumed.add({ ...trial, seed: 5 });
    expect(readFileSync(path, "utf8").startsWith(whole)).toBe(true);
    expect(openLog(path, { data: "a" }, true).before.map(({ seed }) => seed)).toEqual([3, 4, 5]);
  });

  test.each([
    ["without --resume", '{"type":"begin","search":{"data":"a"}}\n', false, "must be a new file; got"],
    ["of other data", '{"type":"begin","search":{"data":"b"}}\n', true, "got another data than"],
    ["of another search", '{"type":"begin","search":{"data":"a","seed":1}}\n', true, "got another seed than"],
    ["that is none", "a,b\n1,2\n", true, "must have a value of JSON in each line; got another text in line 1"],
    ["of an empty file", "", true, "must be a file of a search, or a new one"],
    ["with other lines", '{"type":"begin","search":{"data":"a"}}\n{"loss":1}\n', true, "got another value in line 2"],
  ])("%s is refused, and stays as it is", (_, text, isResumed, message) => {
    const path = file();
    writeFileSync(path, text);
    expect(() => openLog(path, { data: "a" }, isResumed)).toThrow(CommandError);
    expect(() => openLog(path, { data: "a" }, isResumed)).toThrow(message);
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});
