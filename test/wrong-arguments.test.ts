/**
 * Every public function, constructor and method is called with values of the wrong kind in every argument and in every
 * option that it knows: it must refuse them with an error of ours, or do without harm.
 */
import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import * as lanegrad from "../src/index.ts";
import { Trainer, data, metrics, nn, optim, tensor } from "../src/index.ts";
import { type Exported, exportWasm, weightLoss, writeWasm } from "../src/export/index.ts";
import { exportOnnx, importOnnx } from "../src/onnx/index.ts";
import * as raw from "../src/raw/index.ts";
import * as report from "../src/report/index.ts";
import * as study from "../src/study/index.ts";
import {
  column,
  describeSchema,
  inferSchema,
  loadSchema,
  schema,
  schemaFrom,
  schemaFromDescription,
} from "../src/raw/schema/index.ts";

const WRONG: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["NaN", NaN],
  ["text", "3"],
  ["a big integer", 3n],
  ["a symbol", Symbol("wrong")],
  ["a date", new Date(0)],
  ["a function", (): number => 1],
  ["an empty object", {}],
  ["an empty array", []],
  ["a nested array", [["1"]]],
  ["true", true],
  ["a negative fraction", -0.5],
  ["more than 32 bits", 2 ** 32 + 1],
  ["more than float32", 1e300],
  ["a tensor of halves", { dims: [2], type: "float16", data: new Uint16Array(2) }],
];

/** What every message of ours looks like: `where: what must hold; got what`. */
const OURS = /^[\s\S]+: [\s\S]+; got [\s\S]+$/;

type Call = (...given: readonly unknown[]) => unknown;
/** A function with arguments that it takes; options, which are found by asking, come after them. */
interface Subject {
  readonly name: string;
  readonly call: Call;
  readonly given: readonly unknown[];
}

const x = tensor([
  [1, 2],
  [3, 4],
]);
const labels = tensor(Int32Array.from([0, 1]));
const scores = tensor([0.25, 0.75]);
const threeScores = tensor([
  [0.5, 0.25, 0.25],
  [0.25, 0.25, 0.5],
]);
const set = data.fromArrays(x, labels);
const four = data.fromArrays(
  tensor([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]),
  tensor(Int32Array.from([0, 1, 0, 1])),
);
const model = (): nn.Module => nn.sequential(nn.linear(2, 3), nn.dropout(0.5), nn.linear(3, 2));
const trainer = (): Trainer => new Trainer(model(), { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });

/** What functions that need more than options are given. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  linear: [2, 3],
  conv1d: [2, 3, 3],
  conv2d: [2, 3, 3],
  convTranspose2d: [2, 3, 3],
  embedding: [5, 3],
  rnn: [2, 3],
  lstm: [2, 3],
  gru: [2, 3],
  multiheadAttention: [4, 2],
  transformerEncoderLayer: [4, 2],
  positionalEncoding: [4],
  batchNorm1d: [2],
  batchNorm2d: [2],
  layerNorm: [[2]],
  rmsNorm: [[2]],
  groupNorm: [2, 4],
  maxPool1d: [2],
  maxPool2d: [2],
  avgPool1d: [2],
  avgPool2d: [2],
  adaptiveAvgPool1d: [2],
  adaptiveAvgPool2d: [2],
  dropBlock2d: [0.1, 3],
  unflatten: [1, [1, 2]],
  residual: [nn.linear(2, 2)],
  parallel: [[nn.linear(2, 2)]],
  sequential: [nn.linear(2, 2)],
  stochasticDepth: [nn.linear(2, 2)],
  concreteDropout: [nn.linear(2, 2)],
  weightDrop: [nn.linear(2, 2), ["weight"]],
  dropConnect: [2, 3],
  embeddingDropout: [nn.embedding(5, 3)],
  prune: [model(), { amount: 0.5 }],
  removePruning: [model()],
  sparsity: [model()],
  asLoss: [(prediction: unknown): unknown => prediction],
  addLoss: [],
  "optim.stepLr": [optim.sgd({ lr: 1 }), 3],
  "optim.multiStepLr": [optim.sgd({ lr: 1 }), [3]],
  "optim.exponentialLr": [optim.sgd({ lr: 1 }), 0.9],
  "optim.linearLr": [optim.sgd({ lr: 1 })],
  "optim.constantLr": [optim.sgd({ lr: 1 })],
  "optim.polynomialLr": [optim.sgd({ lr: 1 })],
  "optim.cosineAnnealingLr": [optim.sgd({ lr: 1 }), 10],
  "optim.cosineAnnealingWarmRestarts": [optim.sgd({ lr: 1 }), 10],
  "optim.oneCycleLr": [optim.sgd({ lr: 1 }), { maxLr: 1, totalSteps: 10 }],
  "optim.lambdaLr": [optim.sgd({ lr: 1 }), (): number => 1],
  "optim.reduceLrOnPlateau": [optim.sgd({ lr: 1 })],
  "optim.sequentialLr": [[optim.stepLr(optim.sgd({ lr: 1 }), 3)], []],
  "optim.chainedScheduler": [[optim.stepLr(optim.sgd({ lr: 1 }), 3)]],
  "optim.averagedModel": [model()],
  "data.fromArrays": [x, labels],
  "data.asyncBatches": [set],
  "data.augment": [set, [data.transforms.noise(1)]],
  "data.batches": [set],
  "data.subset": [set, [0]],
  "data.split": [set, { test: 0.5 }],
  "data.kFold": [set, 2],
  "data.findLeaks": [set, set],
  "data.duplicateGroups": [set],
  "data.seasonalNaive": [x, { length: 1, season: 1 }],
  "data.windows": [x, { length: 1 }],
  "data.classWeights": [labels],
  "data.sampleWeights": [labels],
  "data.oversampler": [set],
  "data.standardize": [set],
  "data.stream": [(): unknown => []],
  "data.transforms.erasing": [],
  "data.transforms.noise": [1],
  "data.transforms.rotation": [1],
  "data.transforms.shift": [{}],
  "data.transforms.zoom": [0.1],
  "metrics.accuracy": [labels, labels],
  "metrics.adjustedRandIndex": [labels, labels],
  "metrics.averagePrecision": [scores, labels],
  "metrics.balancedAccuracy": [labels, labels],
  "metrics.bootstrap": [metrics.accuracy, [scores, labels]],
  "metrics.brierScore": [scores, labels],
  "metrics.chooseThreshold": [scores, labels],
  "metrics.cohenKappa": [labels, labels],
  "metrics.confusionMatrix": [labels, labels],
  "metrics.expectedCalibrationError": [scores, labels],
  "metrics.f1": [labels, labels],
  "metrics.fBeta": [labels, labels, { beta: 2 }],
  "metrics.logLoss": [scores, labels],
  "metrics.matthewsCorrelation": [labels, labels],
  "metrics.meanAbsoluteError": [scores, scores],
  "metrics.meanAbsolutePercentageError": [scores, scores],
  "metrics.meanSquaredError": [scores, scores],
  "metrics.normalizedMutualInformation": [labels, labels],
  "metrics.precision": [labels, labels],
  "metrics.precisionRecallCurve": [scores, labels],
  "metrics.purity": [labels, labels],
  "metrics.quantileLoss": [scores, scores],
  "metrics.r2": [scores, scores],
  "metrics.recall": [labels, labels],
  "metrics.rejectionCurve": [scores, scores],
  "metrics.reliabilityDiagram": [scores, labels],
  "metrics.rocAuc": [scores, labels],
  "metrics.rocCurve": [scores, labels],
  "metrics.rootMeanSquaredError": [scores, scores],
  "metrics.temperatureScaling": [x, tensor(Int32Array.from([1, 0]))],
  "metrics.topKAccuracy": [threeScores, labels, { k: 1 }],
  "study.chooseDropout": [trainer, { training: set, validation: set }, { rates: [0, 0.5], seeds: 2 }],
  "study.crossValidate": [trainer, four, { folds: 2 }],
  dropoutSchedule: [model(), { to: 0, epochs: 1 }],
  "study.permutationImportance": [model(), set, { metric: metrics.accuracy }],
  "study.topLosses": [trainer(), set],
  "raw.decodeImage": [new Uint8Array()],
  "raw.imageDataset": ["test/raw/fixtures", { size: 2 }],
  "raw.readCsv": [new TextEncoder().encode("a\n1\n")],
  "raw.readIdx": [Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)],
  "raw.readImages": ["test/raw/fixtures"],
  "raw.readJsonLines": [new TextEncoder().encode("{}")],
  "raw.readParquet": [new Uint8Array()],
  "raw.rowsOf": [[{ a: 1 }]],
  "raw.streamCsv": ["absent.csv"],
  "raw.streamImages": ["absent"],
  "raw.streamJsonLines": ["absent.jsonl"],
  "raw.streamParquet": ["absent.parquet"],
  manualSeed: [1],
  tensor: [[1, 2]],
  monteCarlo: [model(), x],
  vjp: [model(), [x], x],
  "study.diagnose": [trainer(), { training: set }],
  "report.recordRun": [trainer()],
  "report.stateHash": [model().stateDict()],
  "report.createReport": [report.recordRun(trainer())],
  "report.writeReport": ["absent/report.html", report.recordRun(trainer())],
  "report.readReport": [new Uint8Array(8)],
  "study.rateRange": [trainer(), set],
};

const FUNCTION_SPACES = {
  "": lanegrad,
  nn,
  "nn.init": nn.init,
  optim,
  data,
  "data.transforms": data.transforms,
  metrics,
  raw,
  study,
  report,
} as const;

function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** Every function of the library that is no class; `ops`, whose functions take operands, have a test of their own. */
function functionsOf(): Subject[] {
  return Object.entries(FUNCTION_SPACES).flatMap(([space, members]) =>
    Object.entries(members as object)
      .filter(([, member]) => typeof member === "function" && !isClass(member))
      .map(([name, member]): Subject => {
        const path = space === "" || space === "nn" ? name : `${space}.${name}`;
        const initial = space === "nn.init" ? [new nn.Parameter([2, 2])] : undefined;
        return { name: path, call: member as Call, given: ARGUMENTS[path] ?? initial ?? [] };
      }),
  );
}

function methodsOf(name: string, make: () => object, methods: Readonly<Record<string, readonly unknown[]>>): Subject[] {
  return Object.entries(methods).map(([method, given]) => ({
    name: `${name}.${method}`,
    call: (...args) => {
      const made = make();
      return (Reflect.get(made, method) as Call).call(made, ...args);
    },
    given,
  }));
}

const tableRows = [
  { size: 1, kind: "a" },
  { size: 2, kind: "b" },
];
const columns = { inputs: { size: column.number() }, target: { kind: column.category() } };
const fitted = (): object => schema(columns).fit(tableRows);

const exported = (): Exported => exportWasm(model(), [1, 2]);

const subjects: readonly Subject[] = [
  ...functionsOf(),
  {
    name: "new Tensor",
    call: (...args) => Reflect.construct(lanegrad.Tensor, args),
    given: [[1], "float32", new Float32Array(1)],
  },
  { name: "new Parameter", call: (...args) => Reflect.construct(nn.Parameter, args), given: [[1]] },
  { name: "new Buffer", call: (...args) => Reflect.construct(nn.Buffer, args), given: [[1]] },
  {
    name: "new Trainer",
    call: (given, options) => Reflect.construct(Trainer, [given, options]),
    given: [model(), { loss: nn.mseLoss(), optimizer: optim.adam() }],
  },
  ...methodsOf("model", model, {
    predict: [x],
    predictAsync: [x],
    run: [x],
    compile: [[1, 2]],
    profile: [x],
    summary: [[1, 2]],
    loadStateDict: [{}],
    loadRandomState: [{}],
  }),
  ...methodsOf("augmented", () => data.augment(set, []), { rows: [Int32Array.of(0), 1] }),
  ...methodsOf("streamed", () => data.stream(() => []), { batches: [1] }),
  ...methodsOf("batches", () => data.asyncBatches(set), { epoch: [1] }),
  ...Object.entries(column).map(([name, make]) => ({ name: `column.${name}`, call: make as Call, given: [] })),
  { name: "exportWasm", call: exportWasm as Call, given: [model(), [1, 2]] },
  { name: "weightLoss", call: weightLoss as Call, given: [model(), tensor([1, 2], [1, 2])] },
  { name: "writeWasm", call: writeWasm as Call, given: ["absent/model.wasm", exported()] },
  ...methodsOf("exported", exported, { module: ["node", "model.wasm"] }),
  { name: "exportOnnx", call: exportOnnx as Call, given: [model(), [1, 2]] },
  { name: "importOnnx", call: importOnnx as Call, given: ["absent.onnx"] },
  { name: "schema", call: schema as Call, given: [columns] },
  { name: "schemaFrom", call: schemaFrom, given: [fitted()] },
  { name: "inferSchema", call: inferSchema as Call, given: [tableRows, { target: "kind" }] },
  { name: "describeSchema", call: describeSchema as Call, given: [schema(columns)] },
  { name: "schemaFromDescription", call: schemaFromDescription, given: [describeSchema(schema(columns))] },
  { name: "loadSchema", call: loadSchema as Call, given: [new Uint8Array(8)] },
  ...methodsOf("schema", () => schema(columns), { fit: [tableRows] }),
  ...methodsOf("fitted", fitted, {
    dataset: [tableRows],
    batches: [(): object => tableRows],
    check: [tableRows],
    encode: [tableRows],
    predict: [nn.linear(1, 2), tableRows],
    score: [nn.linear(1, 2), tableRows, { accuracy: metrics.accuracy }],
    labels: [[0]],
    values: [[0]],
  }),
  ...methodsOf("encoding", () => schema({ inputs: columns.inputs }).fit(tableRows).encoding(), {
    numbers: [tableRows],
  }),
  ...methodsOf("recording", () => report.recordRun(trainer()), { evaluate: [set], record: [], loadStateDict: [{}] }),
  ...methodsOf("trainer", trainer, {
    step: [x, labels],
    evaluate: [set],
    evaluateAsync: [set],
    fit: [set],
    profile: [x, labels],
  }),
];

/** The options that a function knows: its error over an unknown one lists them. */
async function optionsOf({ call, given }: Subject): Promise<string[]> {
  const message = await messageOf(() => call(...given, { noSuchOption: 1 }));
  const list = /options must be ([\w, ]+); got noSuchOption/.exec(message ?? "");
  return list?.[1]?.split(", ") ?? [];
}

/** What is thrown or rejected, as text; undefined where nothing is. */
async function messageOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isBase(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Options for which any whole number is right, however long the work then takes. */
const ENDLESS = new Set(["epochs", "runs", "samples"]);

/** Each way in which one argument or one option of a call is wrong. */
async function wrongCallsOf(subject: Subject): Promise<readonly (readonly [string, () => unknown])[]> {
  const { call, given } = subject;
  const options = await optionsOf(subject);
  const last = given.at(-1);
  const required = isBase(last) ? Object.keys(last) : [];
  return WRONG.flatMap(([kind, wrong]) => [
    ...[...given, undefined].map((_, i): readonly [string, () => unknown] => [
      `argument ${i} is ${kind}`,
      () => call(...given.slice(0, i), wrong, ...given.slice(i + 1)),
    ]),
    ...options
      .filter((name) => !(ENDLESS.has(name) && kind === "more than 32 bits"))
      .map((name): readonly [string, () => unknown] => [`${name} is ${kind}`, () => call(...given, { [name]: wrong })]),
    ...required.map((name): readonly [string, () => unknown] => [
      `${name} is ${kind}`,
      () => call(...given.slice(0, -1), { ...(last as object), [name]: wrong }),
    ]),
  ]);
}

describe("values of the wrong kind", () => {
  // The text is a path to functions that write files.
  afterAll(() => rmSync("3", { force: true }));

  test.each(subjects)("$name", async (subject) => {
    const bad: string[] = [];
    for (const [what, act] of await wrongCallsOf(subject)) {
      const message = await messageOf(act);
      if (message !== undefined && !OURS.test(message)) bad.push(`${what}: ${message}`);
    }
    expect(bad).toEqual([]);
  });

  test("there are functions and options to try", async () => {
    expect(subjects.length).toBeGreaterThan(100);
    const options = await Promise.all(subjects.map(optionsOf));
    expect(options.flat().length).toBeGreaterThan(150);
  });
});
