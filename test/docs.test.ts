/** Every program that README.md and docs/ show (a `ts` block that imports lanegrad) is compiled and run as it stands there. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";

interface Program {
  /** `README: Several inputs`: the file, and the heading or the bold words that stand above it. */
  readonly name: string;
  readonly code: string;
  readonly file: string;
}

const FOLDER = resolve("build/programs");
/** The current directory of programs: what they write is not in the repository. */
const CURRENT = mkdtempSync(join(tmpdir(), "lanegrad-docs-"));

function programsIn(path: string): Program[] {
  const parts = readFileSync(path, "utf8").split("```");
  return parts.flatMap((part, i): Program[] => {
    if (i % 2 === 0 || !part.startsWith("ts\n") || !/from "lanegrad(\/\w+)?"/.test(part)) return [];
    const above = parts.slice(0, i).join("");
    const title = [...above.matchAll(/^#+ (.+)$|<b>(.+?)<\/b>|\*\*(.+?)\*\*/gm)].at(-1);
    const page = path.replace(/^docs\/|\.md$/g, "");
    const name = `${page}: ${(title?.[1] ?? title?.[2] ?? title?.[3] ?? "").replace(/[.:]$/, "")}`;
    return [{ name, code: part.slice(3), file: `${page}-${i}.ts` }];
  });
}

const pages = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const programs = pages.flatMap(programsIn);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const { file, code } of programs) writeFileSync(`${FOLDER}/${file}`, code);
writeFileSync(
  `${FOLDER}/tsconfig.json`,
  JSON.stringify({
    extends: "../../tsconfig.json",
    compilerOptions: {
      paths: {
        lanegrad: ["../../src/index.ts"],
        "lanegrad/io": ["../../src/io/index.ts"],
        "lanegrad/study": ["../../src/study/index.ts"],
        "lanegrad/data": ["../../src/raw/index.ts"],
        "lanegrad/export": ["../../src/export/index.ts"],
        "lanegrad/onnx": ["../../src/onnx/index.ts"],
        "lanegrad/report": ["../../src/report/index.ts"],
      },
      noUnusedLocals: false,
    },
    include: ["*.ts", "../../src/**/*.d.ts"],
  }),
);

copyFileSync("test/io/fixtures/torch/training.pt", join(CURRENT, "training.pt"));
copyFileSync("node_modules/@observablehq/sample-datasets/penguins.csv", join(CURRENT, "penguins.csv"));
afterAll(() => rmSync(CURRENT, { recursive: true, force: true }));

/** Runs a program, and gives what it prints and exports. */
async function run({ file }: Program): Promise<{ readonly printed: unknown[][]; readonly exported: object }> {
  const printed: unknown[][] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...given) => void printed.push(given));
  const before = process.cwd();
  process.chdir(CURRENT);
  try {
    const exported = (await import(/* @vite-ignore */ pathToFileURL(`${FOLDER}/${file}`).href)) as object;
    return { printed, exported };
  } finally {
    process.chdir(before);
    spy.mockRestore();
  }
}

/** What programs show, by their names. */
const shown: Readonly<Record<string, (printed: readonly unknown[][], exported: object) => unknown>> = {
  "README: lanegrad": ([line]) => expect(line?.[0]).toBeGreaterThan(0.9),
  "README: Several inputs, of different types": ([line]) => expect(line?.[0]).toBeLessThan(0.5),
  "README: Sequences of different lengths": ([line]) => expect(line?.[0]).toEqual([2, 1]),
  "README: From a CSV file to a saved model": ([accuracy, predictions]) => {
    expect(accuracy?.[0]).toBeGreaterThan(0.95);
    expect(predictions?.[0]).toMatchObject([{ label: "Gentoo" }]);
  },
  "README: A server": async (_, exported) => {
    const { server } = exported as { server: Server };
    try {
      if (!server.listening) await new Promise((done) => server.once("listening", done));
      const url = `http://localhost:${(server.address() as AddressInfo).port}`;
      const ask = (body: string): Promise<Response> => fetch(url, { method: "POST", body });
      const right = await ask("[5.1, 3.5, 1.4, 0.2]");
      expect(right.status).toBe(200);
      const { probabilities } = (await right.json()) as { probabilities: number[] };
      expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
      for (const wrong of ["[1, 2]", '["5", 1, 2, 3]', "null", "{", "[1e400, 1, 1, 1]"])
        expect((await ask(wrong)).status).toBe(400);
    } finally {
      server.close();
    }
  },
  "diagnosis: Diagnosis of a training": ([line]) =>
    expect(String(line?.[0])).toMatch(/^diagnosis: 1 finding\n1. overfitting\n[\s\S]+\n {3}proven: over 5 seeds/),
  "dropout: Choose p": ([line]) => {
    expect([0, 0.25, 0.5]).toContain(line?.[1]);
    expect(String(line?.[0])).toContain(`p ${String(line?.[1])} is better than`);
  },
  "evaluation: The samples with the highest loss": (lines) => {
    expect(lines).toHaveLength(2);
    expect(lines[0]?.[1]).toBeGreaterThan(Number(lines[1]?.[1]));
  },
  "evaluation: Importance of features": ([line]) => {
    expect(
      String(line?.[0])
        .split("\n")
        .slice(2, 5)
        .map((row) => row.split(" ")[0]),
    ).toEqual(["area", "city", "day"]);
  },
  "evaluation: Cross-validation": ([result, interval]) => {
    expect(String(result?.[0])).toMatch(/^mean +0\.\d{4} +(0\.9|1\.0)\d{3}$/m);
    expect(interval?.[0]).toBeGreaterThan(0.8);
  },
  "files: Models": ([line]) => expect(line).toEqual([true]),
  "files: State dicts in safetensors": (lines) => expect(lines).toEqual([["BF16", "128,784", "20"], ["0.bias,2.bias"]]),
  "files: Other names": ([line]) => expect(line).toEqual([true]),
  "files: Files of PyTorch": ([line]) => expect(line).toEqual([3, "trainer of sequential of 3: mseLoss, adam lr 0.05"]),
  "files: Files of NumPy": ([line]) => expect(line).toEqual(["float32 [2, 2]", "int32 [2]"]),
  "files: Browsers": ([line]) => expect(line).toEqual([true]),
  "files: Checkpoints and resume": ([line]) => {
    const [epochs, best, isSame] = line ?? [];
    expect([epochs, isSame]).toEqual([30, true]);
    expect(best).toBeGreaterThan(1);
    expect(readdirSync(join(CURRENT, "checkpoints"))).toContain("best.safetensors");
  },
  "files: Your own loop, or no files": ([line]) => expect(line).toEqual([true]),
  "data: Readers": (lines) => expect(lines).toEqual([[31, "01234", null], [31], [null]]),
  "data: Splits, folds and windows": (lines) =>
    expect(lines).toEqual([
      [
        [364, 30, 2],
        [364, 7, 1],
      ],
      [237, 91],
    ]),
  "data: Augmentation": ([line]) => expect(line).toEqual([3]),
  "data: Augmented streams": (lines) =>
    expect(lines.map(([x]) => String(x))).toEqual(["32,1,2,2", "32,1,2,2", "6,1,2,2"]),
  "data: Streams": (lines) => expect(lines.map(([x]) => String(x))).toEqual(["32,2", "32,2", "32,2", "4,2"]),
  "report: Reports": ([line]) => {
    expect(line).toEqual(["Half moons", ["dropout 0", "dropout 0.3"]]);
    expect(readFileSync(join(CURRENT, "moons.html"), "utf8")).toContain("They differ in dropout.");
  },
  "serving: Serving": async ([sizes]) => {
    expect(sizes?.[0]).toMatch(/^output: float32 \[1, 2\]$/m);
    const { predict } = (await import(pathToFileURL(join(CURRENT, "circle.node.mjs")).href)) as {
      readonly predict: (input: Float32Array) => Float32Array;
    };
    expect(predict(Float32Array.of(0, 0))[1]).toBeGreaterThan(0.9); // the circle's middle
    expect(predict(Float32Array.of(0.9, 0.9))[1]).toBeLessThan(0.1);
  },
  "training: Training": ([line]) => {
    const [epochs, stopped, f1] = line ?? [];
    expect(epochs).toBeLessThan(500);
    expect(stopped).toMatch(/^no better validation f1 than in epoch \d+ for 20 epochs$/);
    expect(f1).toBeGreaterThan(0.9);
    expect(readFileSync(join(CURRENT, "training.csv"), "utf8").split("\n")).toHaveLength(Number(epochs) + 2);
  },
  "training: Callbacks": ([line]) => {
    expect(line?.[0]).toBe("loss below 0.01");
    expect(line?.[1]).toBeLessThan(200);
  },
  "training: Events": (lines) => {
    expect(lines).toHaveLength(1);
    expect(lines[0]?.[0]).toBe("loss below 0.001");
  },
  "training: Learning-rate finder": ([line]) => expect(line?.[0]).toContain("a rate of 0.010 is suggested"),
  "training: Several outputs": ([evaluation, shape]) => {
    const [loss, losses, accuracy] = evaluation as [number, { price: number; kind: number }, number];
    expect(loss).toBeCloseTo(losses.price + 0.5 * losses.kind, 6);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(shape?.[0]).toEqual([300, 3]);
  },
  "training: Frozen parameters and fine-tuning": ([line]) => expect(line?.[0]).toBeGreaterThan(0.9),
  "training: Two networks against each other (GAN)": ([line]) => {
    expect(Math.abs(Number(line?.[0]) - 4)).toBeLessThan(1);
  },
  "training: Data of any kind": ([line]) => expect(line?.[0]).toBeLessThan(0.05),
  "evaluation: Metrics that fit follows": ([found, f1]) => {
    expect(Object.keys(Object(found?.[0]))).toEqual(["f1", "auc", "brier"]);
    expect(f1?.[0]).toBeGreaterThan(0.9);
  },
  "evaluation: Uncertainty": ([accuracy, referred, detection]) => {
    expect(accuracy?.[0]).toBeGreaterThan(0.8);
    expect(detection?.[0]).toBeGreaterThan(0.8);
    const [shares] = referred as [{ kept: number }[]];
    expect(shares.map(({ kept }) => kept > Number(accuracy?.[0]))).toEqual([true, true]);
  },
  "sequences: Sequences of different lengths": ([line]) => expect(line?.[0]).toBe(1),
  "small-weights: In compile and export": (lines) => expect(lines).toEqual([["1,10"], [true]]),
  "small-weights: In files": ([line]) => expect(line).toEqual(["I8", "128,1", "F32"]),
};

async function expectShown(name: string, printed: readonly unknown[][], exported: object): Promise<void> {
  await shown[name]?.(printed, exported);
}

describe("programs of the documentation", () => {
  test("are those that are looked at", () => {
    expect(Object.keys(shown).filter((name) => !programs.some((program) => program.name === name))).toEqual([]);
    expect(programs.length).toBeGreaterThan(5);
  });

  test("compile", () => {
    const { status, stdout } = spawnSync(`npx tsc --noEmit -p "${FOLDER}"`, { shell: true, encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test.each(programs)("$name", async (program) => {
    const { printed, exported } = await run(program);
    await expectShown(program.name, printed, exported);
  });
});
