/** Models whose files run in every host, with inputs and the bits that lanegrad computes for them with strict kernels. */
import { type ExportOptions, type Exported, exportWasm } from "../../src/export/index.ts";
import { type Operand, Tensor, configure, manualSeed, nn, ops, tensor } from "../../src/index.ts";

/** A file, and calls of `predict` of its module with what they must return. */
export interface HostCase {
  readonly name: string;
  readonly exported: Exported;
  readonly calls: readonly HostCall[];
}

export interface HostCall {
  /** The exported function for so many rows. */
  readonly run: string;
  readonly given: ByName<Encoded>;
  /** The bytes of the outputs in base64. */
  readonly expected: ByName<string>;
}

/** One value, or several by name. */
export type ByName<T> = T | Readonly<Record<string, T>>;

/** Numbers as text. */
export interface Encoded {
  readonly array: "Float32Array" | "Int32Array";
  readonly base64: string;
}

interface Recipe {
  readonly make: () => nn.Module;
  /** An input of so many rows, or several by name. */
  readonly inputs: (rows: number) => Tensor | Readonly<Record<string, Tensor>>;
  readonly options?: ExportOptions;
}

const ROWS = 5; // of the second batch size
const { linear, relu, sequential } = nn;

/** An embedding beside numbers, with two outputs. */
class Pair extends nn.Module {
  override readonly inputNames = ["ids", "amounts"];
  readonly embedding = nn.embedding(20, 4);
  readonly hidden = linear(12, 8);
  readonly scores = linear(8, 3);

  override forward(ids: Operand, amounts: Operand): Record<string, Operand> {
    const vectors = ops.reshape(this.embedding.call(ids), [ids.shape[0] ?? 1, 8]);
    const hidden = ops.tanh(this.hidden.call(ops.concatenate([vectors, amounts], 1)));
    return { scores: this.scores.call(hidden), hidden };
  }
}

const mlp = (): nn.Module =>
  sequential(linear(784, 512), relu(), nn.dropout(0.3), linear(512, 512), relu(), linear(512, 10));

const RECIPES: Readonly<Record<string, Recipe>> = {
  mlp: { make: mlp, inputs: floats(784) },
  "mlp-int8": { make: mlp, inputs: floats(784), options: { weights: "int8" } },
  "mlp-bf16": { make: mlp, inputs: floats(784), options: { weights: "bf16" } },
  "mlp-f16": { make: mlp, inputs: floats(784), options: { weights: "f16" } },
  cnn: {
    make: () =>
      sequential(
        nn.conv2d(1, 16, 3, { padding: 1 }),
        nn.batchNorm2d(16),
        relu(),
        nn.maxPool2d(2),
        nn.conv2d(16, 32, 3, { padding: 1 }),
        nn.batchNorm2d(32),
        relu(),
        nn.maxPool2d(2),
        nn.flatten(),
        linear(32 * 49, 10),
      ),
    inputs: floats(1, 28, 28),
  },
  "lstm-state": {
    make: () => nn.lstm(28, 64, { batchFirst: true }),
    inputs: floats(28, 28),
    options: { state: "keep" },
  },
  lstm: { make: () => nn.lstm(28, 64, { batchFirst: true }), inputs: floats(28, 28) },
  encoder: {
    make: () => nn.transformerEncoderLayer(64, 4, { dimFeedforward: 128, batchFirst: true }),
    inputs: floats(16, 64),
  },
  embedding: {
    make: () => sequential(nn.embedding(100, 16), nn.gru(16, 24, { batchFirst: true })),
    inputs: ids(12, 100),
  },
  pair: { make: () => new Pair(), inputs: (rows) => ({ ids: ids(2, 20)(rows), amounts: floats(4)(rows) }) },
};

/** All cases, made anew: equal at each call. */
export function hostCases(): readonly HostCase[] {
  configure({ reproducible: true });
  return Object.entries(RECIPES).map(([name, recipe], i) => {
    manualSeed(i);
    return hostCase(name, recipe);
  });
}

function hostCase(name: string, { make, inputs, options = {} }: Recipe): HostCase {
  const model = make().eval();
  const first = inputs(1);
  const { weights = "float32", state } = options;
  if (state === "keep")
    return { name, exported: exportWasm(model, specs(first), options), calls: continued(model, inputs) };
  const exported = exportWasm(model, specs(first), { ...options, batchSizes: [ROWS] });
  // Both batch sizes in turn: neither may leave anything to the other, and results must be copies.
  const calls = [1, ROWS, 1].map((rows): HostCall => {
    const given = inputs(rows);
    const out: unknown = model.compile(specs(given), { weights })(given);
    return {
      run: rows === 1 ? "run" : `run_${rows}`,
      given: each(given, encoded),
      expected: each(out as typeof given, ({ data }) => base64(data)),
    };
  });
  return { name, exported, calls };
}

/** Calls that continue one another: what they return is what one call on the whole sequence returns. */
function continued(model: nn.Module, inputs: Recipe["inputs"]): readonly HostCall[] {
  const sequence = inputs(3); // three pieces of one row
  if (!(sequence instanceof Tensor)) throw new TypeError("a recurrent model has one input");
  const [pieces = 0, steps = 0, features = 0] = sequence.shape;
  const out = model.predict(tensor(sequence.data, [1, pieces * steps, features])) as Tensor;
  return Array.from({ length: pieces }, (_, i): HostCall => {
    const part = ({ data }: Tensor): Float32Array | Int32Array =>
      data.subarray((i * data.length) / pieces, ((i + 1) * data.length) / pieces);
    const given: Encoded = { array: "Float32Array", base64: base64(part(sequence)) };
    return { run: "run", given, expected: base64(part(out)) };
  });
}

function specs(given: Tensor | Readonly<Record<string, Tensor>>): readonly Tensor[] | Readonly<Record<string, Tensor>> {
  return given instanceof Tensor ? [given] : given;
}

function each<T>(given: Tensor | Readonly<Record<string, Tensor>>, of: (tensor: Tensor) => T): ByName<T> {
  if (given instanceof Tensor) return of(given);
  return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, of(tensor)]));
}

function encoded({ dtype, data }: Tensor): Encoded {
  return { array: dtype === "int32" ? "Int32Array" : "Float32Array", base64: base64(data) };
}

function base64({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function floats(...extents: readonly number[]): (rows: number) => Tensor {
  return (rows) => filled("float32", [rows, ...extents], (value) => value * 2 - 1);
}

function ids(length: number, entries: number): (rows: number) => Tensor {
  return (rows) => filled("int32", [rows, length], (value) => Math.floor(value * entries));
}

/** Numbers from 0 to below 1 that differ in each row and are equal in every process. */
function filled(dtype: "float32" | "int32", shape: readonly number[], of: (value: number) => number): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const numbers = Array.from({ length: size }, (_, i) =>
    of((Math.imul(i + 7919 * (shape[0] ?? 0), 0x9e3779b1) >>> 8) / 2 ** 24),
  );
  return dtype === "float32"
    ? new Tensor(shape, dtype, Float32Array.from(numbers))
    : new Tensor(shape, "int32", Int32Array.from(numbers));
}
