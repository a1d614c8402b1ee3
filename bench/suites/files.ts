import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Sample } from "../files/job.ts";
import type { Effort } from "../measure.ts";
import { bundled, folder } from "../program.ts";
import { median } from "../statistics.ts";
import type { Case, Suite } from "./suite.ts";

const SAMPLES = 3; // pairs in each round, without --quick
const STARTS = 15; // processes in each round, without --quick
const FILE_BYTES = 500e6;

/** What is measured against node:fs, which writes or reads a file of the same size in its turn. */
interface Work {
  /** As a case. */
  readonly name: string;
  readonly program: "lanegrad" | "checkpoint";
  readonly job: string;
  readonly against: "read" | "write" | "read one";
  /** The job that writes the file. */
  readonly writer: string;
}

const works: readonly Work[] = [
  ...both("safetensors", "lanegrad", "writeSafetensors", "readSafetensors"),
  ...both("safetensors F16", "lanegrad", "writeSafetensors F16", "readSafetensors"),
  ...both("safetensors BF16", "lanegrad", "writeSafetensors BF16", "readSafetensors"),
  ...both("model", "lanegrad", "save", "load"),
  ...both("checkpoint", "checkpoint", "write", "read"),
  ...both("npy", "lanegrad", "writeNpy", "readNpy"),
  { name: "read torch", program: "lanegrad", job: "readTorch", against: "read", writer: "writeTorch" },
];

const one: Work = {
  name: "read 1 of 100 tensors",
  program: "lanegrad",
  job: "readSafetensors one",
  against: "read one",
  writer: "writeSafetensors",
};

export const files: Suite = {
  name: "files",
  about:
    "Saving and loading 100 tensors of 5 MB (float32), as a share of the speed of node:fs with a file of the same size.",
  cases: [
    alone("write"),
    alone("read"),
    ...works.map(share),
    { ...share(one), charted: false },
    milliseconds(one),
    ...works.filter(({ against }) => against === "read").map(memory),
    start("lanegrad"),
    start("lanegrad/io"),
  ],
};

function both(name: string, program: Work["program"], writer: string, reader: string): readonly Work[] {
  return [
    { name: `write ${name}`, program, job: writer, against: "write", writer },
    { name: `read ${name}`, program, job: reader, against: "read", writer },
  ];
}

/** The speed of node:fs alone with 500 MB. */
function alone(job: "write" | "read"): Case {
  return {
    name: `fs ${job}`,
    unit: "MB/s",
    better: "higher",
    async measure({ files: subject }, effort) {
      if (subject !== "fs") return undefined;
      const fs = await bundled("files/fs");
      const path = place("fs");
      perform(fs, "write", path, FILE_BYTES);
      const samples = repeated(effort, () => perform(fs, job, path, FILE_BYTES));
      rmSync(path);
      return FILE_BYTES / 1e6 / secondsOf(samples);
    },
  };
}

function share(work: Work): Case {
  return {
    name: work.name,
    unit: "% of fs",
    better: "higher",
    async measure({ files: subject }, effort) {
      if (subject !== "lanegrad") return undefined;
      const { own, fs } = await pairsOf(work, effort);
      return (100 * secondsOf(fs)) / secondsOf(own);
    },
  };
}

function milliseconds(work: Work): Case {
  return {
    name: `${work.name}, time`,
    unit: "ms",
    better: "lower",
    charted: false,
    async measure({ files: subject }, effort) {
      if (subject !== "lanegrad") return undefined;
      return 1e3 * secondsOf((await pairsOf(work, effort)).own);
    },
  };
}

function memory(work: Work): Case {
  return {
    name: `${work.name}, peak memory`,
    unit: "x file",
    better: "lower",
    charted: false,
    async measure({ files: subject }, effort) {
      if (subject !== "lanegrad") return undefined;
      const { own, size } = await pairsOf(work, effort);
      return median(own.map((sample) => sample.memory)) / size;
    },
  };
}

function start(entry: string): Case {
  return {
    name: `import "${entry}"`,
    unit: "ms",
    better: "lower",
    charted: false,
    measure({ files: subject }, { seconds }) {
      if (subject !== "lanegrad") return undefined;
      const times = { bare: [] as number[], whole: [] as number[] };
      const text = (code: string): number => run("--input-type=module", "-e", code).milliseconds;
      for (let i = 0; i < Math.max(5, STARTS * seconds); i++) {
        times.bare.push(text("0"));
        times.whole.push(text(`import "${entry}"`));
      }
      return median(times.whole) - median(times.bare);
    },
  };
}

/** Samples of the library and of node:fs, taken in turn. */
interface Pairs {
  readonly own: readonly Sample[];
  readonly fs: readonly Sample[];
  /** Bytes of the file. */
  readonly size: number;
}

const measured = new Map<Work, Promise<Pairs>>();

/** Measured once in this process: time and memory are two cases. */
function pairsOf(work: Work, effort: Effort): Promise<Pairs> {
  const found = measured.get(work) ?? measurePairs(work, effort);
  measured.set(work, found);
  return found;
}

async function measurePairs({ program, job, against, writer }: Work, effort: Effort): Promise<Pairs> {
  const [own, fs] = [await bundled(`files/${program}`), await bundled("files/fs")];
  const path = place(writer);
  perform(own, writer, path, 0);
  const { size } = statSync(path);
  const beside = against === "write" ? `${path}.fs` : path;
  if (against === "write") perform(fs, "write", beside, size);
  const pairs = repeated(effort, () => ({
    fs: perform(fs, against, beside, size),
    own: perform(own, job, path, size),
  }));
  rmSync(path);
  rmSync(beside, { force: true });
  return { own: pairs.map((pair) => pair.own), fs: pairs.map((pair) => pair.fs), size };
}

function repeated<T>({ seconds }: Effort, sample: () => T): readonly T[] {
  return Array.from({ length: Math.max(1, Math.round(SAMPLES * seconds)) }, sample);
}

function secondsOf(samples: readonly Sample[]): number {
  return median(samples.map(({ seconds }) => seconds));
}

let directory: string | undefined;

/** The path of a file in a directory that is removed when this process ends. */
function place(name: string): string {
  if (directory === undefined || !existsSync(directory)) {
    const made = mkdtempSync(join(fileURLToPath(folder), "files-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return join(directory, name);
}

/** Performs a job in a process of its own, as a program that saves or loads once does. */
function perform(program: string, job: string, path: string, size: number): Sample {
  return JSON.parse(run(program, job, path, String(size)).out) as Sample;
}

function run(...input: readonly string[]): { readonly milliseconds: number; readonly out: string } {
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, input, {
    encoding: "utf8",
    cwd: fileURLToPath(folder),
  });
  const elapsed = performance.now() - begin;
  if (status !== 0) throw new Error(`files: the program must end with 0; got ${status}, ${stderr}`);
  return { milliseconds: elapsed, out: stdout };
}
