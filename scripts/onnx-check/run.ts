/**
 * `npm run onnx-check`: writes every layer and many models to ONNX, has Debian's `python3-onnx` check the files, and compares what
 * onnxruntime gives with `model.run` in evaluation mode. The bound is 1e-5 of the largest output of a model.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { Command } from "commander";
import { requirePeer } from "../../bench/subjects/peers.ts";
import { printTable } from "../../src/base/print.ts";
import { Tensor, type nn } from "../../src/index.ts";
import { exportOnnx } from "../../src/onnx/index.ts";
import { type OnnxCase, edgeCases, factoryCases, networkCases, parityCases } from "../../test/onnx/models.ts";

const PYTHON = "/usr/bin/python3"; // the Python of Debian's python3-onnx
const FOLDER = "build/onnx-check";
const BOUND = 1e-5;

/** The types of onnxruntime-common that are used here. */
interface Runtime {
  readonly Tensor: new (type: string, data: Float32Array | Int32Array, shape: readonly number[]) => Result;
  readonly InferenceSession: {
    create(file: string, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

interface Result {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

interface Session {
  readonly inputNames: readonly string[];
  run(inputs: object): Promise<Readonly<Record<string, Result>>>;
}

/** What was found for one file. */
interface Row {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** The largest difference from the model's output, as a share of its largest number; or why there is none. */
  readonly difference: number | string;
  /** The same for files for any batch size, run on more rows; undefined where the batch size changes what is computed. */
  readonly dynamic: number | string;
}

const { only } = new Command("npm run onnx-check --")
  .description("Checks the ONNX files of every layer by python3-onnx, and their numbers by onnxruntime.")
  .option("--only <words>", "cases whose names have these words", "")
  .parse()
  .opts<{ only: string }>();

const runtime = requirePeer("onnxruntime-node") as Runtime;
const cases = [...networkCases(), ...factoryCases(), ...edgeCases(), ...parityCases()].filter(({ name }) =>
  name.includes(only),
);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });

const rows: Row[] = [];
for (const [i, each] of cases.entries()) rows.push(await check(each, `${FOLDER}/${i}.onnx`));
const invalid = checked(rows.map(({ path }) => path));
const isBad = (difference: number | string): boolean => typeof difference === "string" || !(difference <= BOUND);
console.log(
  printTable(
    ["model", "bytes", "checker", "difference", "any batch"],
    rows.map(({ name, path, bytes, difference, dynamic }) => [
      name,
      String(bytes),
      invalid.get(path) ?? "valid",
      typeof difference === "string" ? difference : difference.toExponential(1),
      typeof dynamic === "string" ? dynamic : dynamic.toExponential(1),
    ]),
  ),
);
const wrong = rows.filter(({ path, difference }) => invalid.has(path) || isBad(difference));
const free = rows.filter(({ dynamic }) => !isBad(dynamic));
console.log(
  `\n${rows.length - wrong.length} of ${rows.length} models are valid and within ${BOUND}; ${free.length} for any batch size too`,
);
for (const { name } of wrong) console.log(`wrong: ${name}`);
for (const { name, dynamic } of rows)
  if (typeof dynamic === "number" && isBad(dynamic)) {
    console.log(`wrong for another batch: ${name}`);
    process.exitCode = 1;
  }
if (wrong.length > 0) process.exitCode = 1;

async function check({ name, make, inputs }: OnnxCase, path: string): Promise<Row> {
  const model = make();
  let bytes = 0;
  const compare = async (
    batch: "fixed" | "dynamic",
    file: string,
    given: readonly Tensor[],
  ): Promise<number | string> => {
    try {
      const written = exportOnnx(model, inputs.length === 1 ? inputs[0]! : inputs, { batch });
      bytes = written.length;
      writeFileSync(file, written);
      return await difference(model, file, given);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const dynamic = await compare("dynamic", path, inputs.map(withMoreRows));
  return { name, path, difference: await compare("fixed", path, inputs), dynamic, bytes };
}

/** The rows of a tensor, and the first two of them again. */
function withMoreRows({ shape, dtype, data }: Tensor): Tensor {
  const [count = 1, ...rest] = shape;
  const size = data.length / count;
  const again = Math.min(2, count) * size;
  const joined = dtype === "int32" ? new Int32Array(data.length + again) : new Float32Array(data.length + again);
  joined.set(data);
  joined.set(data.subarray(0, again), data.length);
  return new Tensor([count + Math.min(2, count), ...rest], dtype, joined);
}

/** The largest difference between what onnxruntime and the model give, as a share of the largest number of an output. */
async function difference(model: nn.Module, file: string, inputs: readonly Tensor[]): Promise<number> {
  const session = await runtime.InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const given = inputs.map(({ dtype, shape, data }) => new runtime.Tensor(dtype, data, shape));
  const results = Object.values(
    await session.run(Object.fromEntries(session.inputNames.map((name, i) => [name, given[i]]))),
  );
  const own: Tensor | Readonly<Record<string, Tensor>> = model.inMode(false, () => model.run(...inputs));
  const expected: readonly Tensor[] = isTensor(own) ? [own] : Object.values(own);
  return Math.max(...expected.map((tensor, i) => differenceOf(tensor, results[i])));
}

function isTensor(given: object): given is Tensor {
  return given instanceof Tensor;
}

function differenceOf({ data, shape }: Tensor, found: Result | undefined): number {
  if (shape.join() !== found?.dims.join()) throw new Error(`shape ${found?.dims.join()} instead of ${shape.join()}`);
  const expected = Array.from(data);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const differences = expected.map((value, i) => Math.abs(value - (found.data[i] ?? NaN)) / largest);
  // NaN if one is.
  return differences.reduce((most, each) => (each <= most ? most : each), 0);
}

/** Files that python3-onnx refuses, and why. */
function checked(paths: readonly string[]): ReadonlyMap<string, string> {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["scripts/onnx-check/check.py", ...paths], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    throw new Error(`${PYTHON} must have onnx, Debian's python3-onnx; got ${stderr.trim().split("\n").at(-1)}`);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { path: string; message: string });
  if (lines.length !== paths.length)
    throw new Error(`check.py must say something of every file; got ${lines.length} lines`);
  return new Map(
    lines.filter(({ message }) => message !== "").map(({ path, message }) => [path, message.split("\n")[0] ?? ""]),
  );
}
