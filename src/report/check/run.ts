/** Checks of a run, in the order of `run/record.ts`. */
import type * as form from "../run/record.ts";
import { VERSION } from "../run/record.ts";
import {
  type Check,
  also,
  finite,
  json,
  list,
  nullOr,
  object,
  oneOf,
  record,
  refuse,
  share,
  text,
  textLike,
  truth,
  whole,
} from "./check.ts";

const SHA256 = textLike(/^[0-9a-f]{64}$/, "a SHA-256 of 64 hexadecimal digits");
const ISO = textLike(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "a time in ISO 8601, UTC");
const PNG = textLike(/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/, "a PNG in base64");
const amount = atLeast0();

const scores = { loss: nullOr(finite), accuracy: nullOr(share), metrics: record(nullOr(finite)) };

const epoch = object<form.EpochRecord>({
  ...scores,
  epoch: whole,
  seconds: amount,
  validation: nullOr(object<form.ScoresRecord>(scores)),
  rates: list(finite),
  dropout: record(share),
});

const model = object<form.ModelRecord>({
  parameters: whole,
  summary: text,
  layers: list(object<form.LayerRecord>({ path: text, layer: text, output: list(whole), parameters: whole })),
});

const data = object<form.DataRecord>({
  name: text,
  samples: nullOr(whole),
  sha256: nullOr(SHA256),
  file: nullOr(text),
});

const machine = object<form.MachineRecord>({
  host: text,
  processor: text,
  cores: whole,
  memory: nullOr(whole),
  system: text,
  lanegrad: text,
  kernels: oneOf("strict", "relaxed"),
  wide: truth,
  threads: whole,
});

const curve = also(
  object<form.CurveRecord>({ name: text, x: list(finite), y: list(finite), area: finite }),
  ({ x, y }, path) => requireLength(`${path}.y`, y, x.length),
);

const classes = also(
  object<form.ClassesRecord>({
    names: list(text),
    confusion: list(list(amount)),
    scores: list(
      object<form.ClassesRecord["scores"][number]>({ precision: share, recall: share, f1: share, count: amount }),
    ),
    roc: list(curve),
    precisionRecall: list(curve),
    reliability: object<form.ClassesRecord["reliability"]>({
      error: share,
      bins: list(
        object<form.ClassesRecord["reliability"]["bins"][number]>({ confidence: share, accuracy: share, count: whole }),
      ),
    }),
  }),
  ({ names, confusion, scores }, path) => {
    requireLength(`${path}.confusion`, confusion, names.length);
    confusion.forEach((row, i) => requireLength(`${path}.confusion[${i}]`, row, names.length));
    requireLength(`${path}.scores`, scores, names.length);
  },
);

const values = also(
  object<form.ValuesRecord>({
    perPoint: whole,
    targets: list(finite),
    predictions: list(finite),
    meanAbsoluteError: finite,
    rootMeanSquaredError: finite,
    r2: nullOr(finite),
  }),
  ({ targets, predictions }, path) => requireLength(`${path}.predictions`, predictions, targets.length),
);

type Sample<Kind> = Extract<form.SampleRecord, { readonly kind: Kind }>;

const samples: { readonly [Kind in form.SampleRecord["kind"]]: Check<Sample<Kind>> } = {
  image: object<Sample<"image">>({ kind: oneOf("image"), png: PNG }),
  text: object<Sample<"text">>({ kind: oneOf("text"), text }),
  row: object<Sample<"row">>({ kind: oneOf("row"), cells: record(json) }),
};
const sampleKind = oneOf("image", "text", "row");

const sample: Check<form.SampleRecord> = (value, path) => {
  const kind: unknown = Reflect.get(Object(value), "kind");
  return samples[sampleKind(kind, `${path}.kind`)](value, path);
};

const mistake = object<form.MistakeRecord>({
  row: whole,
  target: text,
  prediction: text,
  probability: nullOr(share),
  loss: nullOr(finite),
  sample: nullOr(sample),
});

const certainty = object<form.CertaintyRecord>({
  predictions: whole,
  by: oneOf("entropy", "deviation"),
  curve,
  errorDetection: nullOr(share),
  referred: list(object<form.CertaintyRecord["referred"][number]>({ share, kept: finite, caught: finite })),
});

const layerState = object<form.LayerStateRecord>({
  path: text,
  layer: text,
  mean: finite,
  deviation: finite,
  histogram: object<form.LayerStateRecord["histogram"]>({ low: finite, high: finite, counts: list(whole) }),
  dead: nullOr(object<NonNullable<form.LayerStateRecord["dead"]>>({ units: whole, of: whole })),
  gradient: nullOr(finite),
  warnings: list(text),
});

const evaluation = object<form.EvaluationRecord>({
  name: text,
  scores: object<form.ScoresRecord>(scores),
  classes: nullOr(classes),
  values: nullOr(values),
  mistakes: list(mistake),
  certainty: nullOr(certainty),
  layers: list(layerState),
  notes: list(text),
});

/** Checks a run of `VERSION`. */
export const run = object<form.RunRecord>({
  version: oneOf(VERSION),
  name: text,
  began: ISO,
  seconds: amount,
  stopped: nullOr(text),
  seed: nullOr(finite),
  settings: record(json),
  model,
  schema: json,
  data: list(data),
  machine,
  epochs: list(epoch),
  bestEpoch: nullOr(whole),
  weights: SHA256,
  recipe: json,
  evaluations: list(evaluation),
});

function atLeast0(): Check<number> {
  return also(finite, (value, path) => {
    if (value < 0) refuse(path, "at least 0", value);
  });
}

function requireLength(path: string, values: readonly unknown[], length: number): void {
  if (values.length !== length) refuse(path, `an array of ${length}`, values);
}
