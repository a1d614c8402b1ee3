import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scratch } from "../files/support.ts";
import { Screen } from "../screen.ts";

/** The built package, which starts faster than its source. */
const BUILT = fileURLToPath(new URL("../../build/esm/index.js", import.meta.url));

/** A training of six epochs of 10 steps of 10 ms, during which something happens. */
const PROGRAM = `
import { execSync } from "node:child_process";
import { Tensor, Trainer, data, nn, optim } from ${JSON.stringify(BUILT)};
const what = process.argv[2];
const numbers = (n, seed) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * seed));
const set = data.fromArrays(new Tensor([40, 8], "float32", numbers(320, 3)), new Tensor([40, 1], "float32", numbers(40, 5)));
const trainer = new Trainer(nn.linear(8, 1), { loss: nn.mseLoss(), optimizer: optim.adam() });
const happen = {
  noise: (steps) => {
    if (steps === 12) console.log("a log\\nof two lines");
    if (steps === 24) console.error("an error");
    if (steps === 32) process.stdout.write("half a line");
    if (steps === 35) process.stdout.write(", and its end\\n");
  },
  signal: (steps) => { if (steps === 29) process.kill(process.pid, "SIGINT"); },
  uncaught: (steps) => { if (steps === 25) setTimeout(() => { throw new Error("of a timer"); }); },
  narrow: (steps) => { if (steps === 25) execSync("stty cols 30", { stdio: "inherit" }); },
  pipe: () => {},
}[what];
const onStep = async ({ steps }) => { happen(steps); await new Promise((resolve) => setTimeout(resolve, 10)); };
await trainer.fit(set, { epochs: 6, batchSize: 4, onStep, progress: true });
console.log("after");
`;

/** What a terminal of 70 columns shows after the program, and its exit status. */
function shown(what: string): { readonly status: number | null; readonly lines: readonly string[]; raw: string } {
  const program = join(scratch(), "program.mjs");
  writeFileSync(program, PROGRAM);
  const command = [process.execPath, program, what].map((each) => `'${each}'`).join(" ");
  const args = ["-qec", `stty cols 70 rows 50; exec ${command}`, "/dev/null"];
  const { LANEGRAD_WIDE: _, ...env } = process.env;
  const { status, stdout } = spawnSync("script", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  const screen = new Screen(70);
  screen.write(stdout);
  return { status, lines: screen.lines, raw: stdout };
}

const epoch = (i: number): unknown => expect.stringMatching(new RegExp(`^epoch ${i}/6 {2}loss [\\d.]+ {2}[\\d.]+ s$`));
const CURVES = [
  "training loss",
  ...Array.from({ length: 6 }, () => expect.stringMatching(/^ *[\d.\u2265]+ \u2524/) as unknown),
  expect.stringMatching(/^ *epoch 1 +6$/) as unknown,
];

const hasScript = spawnSync("script", ["--version"]).status === 0;
describe.runIf(hasScript)("a real terminal shows", () => {
  test("all that was printed, and no live line at the end", () => {
    const { status, lines } = shown("noise");
    expect(status).toBe(0);
    expect(lines).toEqual([
      epoch(1),
      "a log",
      "of two lines",
      epoch(2),
      "an error",
      epoch(3),
      "half a line, and its end",
      ...[4, 5, 6].map(epoch),
      ...CURVES,
      "after",
    ]);
  });

  // Step 29 is 90 ms after the end of the second epoch: its live line is at most 50 ms old.
  test("the live line of a training that a signal ended", () => {
    const { status, lines } = shown("signal");
    expect(status).toBe(130);
    expect(lines).toEqual([epoch(1), epoch(2), expect.stringMatching(/^epoch 3\/6 {2}\u2588*\u2591+ \d+ % {2}loss/)]);
  });

  test("an uncaught error in lines of its own", () => {
    const { status, lines } = shown("uncaught");
    expect(status).toBe(1);
    expect(lines.slice(0, 3)).toEqual([epoch(1), epoch(2), expect.stringMatching(/^(file|\/)/)]);
    expect(lines).toContain("Error: of a timer");
  });

  test("what fits after the window became narrower", () => {
    const { raw } = shown("narrow");
    const live = raw.split(/[\r\n]+/).filter((text) => /^(\u001b\[K)?epoch \d\/6 .*%/.test(text)); // eslint-disable-line no-control-regex
    const lengths = live.map((text) => text.replace("\u001b[K", "").length);
    expect(Math.max(...lengths)).toBeGreaterThan(50);
    expect(lengths.at(-1)).toBeLessThanOrEqual(27);
  });
});

test("a pipe gets plain lines", () => {
  const program = join(scratch(), "program.mjs");
  writeFileSync(program, PROGRAM);
  const { stdout } = spawnSync(process.execPath, [program, "pipe"], { encoding: "utf8" });
  expect(stdout.trimEnd().split("\n")).toEqual([...[1, 2, 3, 4, 5, 6].map(epoch), "after"]);
});
