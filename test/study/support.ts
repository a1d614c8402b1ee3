import { readFileSync } from "node:fs";
import { Trainer, data, nn, optim, tensor } from "../../src/index.ts";
import { philoxWords } from "../../src/base/philox.ts";

/** Uniform draws in [0, 1), of a seed. */
export function uniform(seed: number): () => number {
  let words = philoxWords(1024, seed, 0, 0);
  let [next, pass] = [0, 1];
  return () => {
    if (next === words.length) [words, next] = [philoxWords(1024, seed, 0, pass++), 0];
    return ((words[next++] ?? 0) + 0.5) / 2 ** 32;
  };
}

/** Draws from a normal distribution (Box and Muller). */
export function normal(seed: number): () => number {
  const draw = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
}

/** Samples of `classes` normal distributions around centers of standard deviation `distance`, in turn. */
export function blobs(
  samples: number,
  classes: number,
  features: number,
  distance: number,
  seed: number,
): data.Dataset {
  const draw = normal(seed);
  const centers = Array.from({ length: classes }, () => Array.from({ length: features }, () => distance * draw()));
  const labels = Int32Array.from({ length: samples }, (_, i) => i % classes);
  const x = Array.from(labels, (label) => (centers[label] ?? []).map((middle) => middle + draw()));
  return data.fromArrays(tensor(x), labels);
}

/** A network of two hidden layers of rectifiers. */
export function mlp(inputs: number, outputs: number, units = 32): nn.Sequential {
  return nn.sequential(
    nn.linear(inputs, units),
    nn.relu(),
    nn.linear(units, units),
    nn.relu(),
    nn.linear(units, outputs),
  );
}

export function classifier(model: nn.Module, optimizer: optim.Optimizer = optim.adam({ lr: 3e-3 })): Trainer {
  return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer });
}

/** Two parts of a data set, shuffled, with inputs standardized by the first. */
export function parts(set: data.Dataset): { readonly training: data.Dataset; readonly validation: data.Dataset } {
  const { training, validation } = data.split(set, { training: 0.7, validation: 0.3 });
  const standardized = data.standardize(training);
  return {
    training: { ...training, x: standardized(training.x) },
    validation: { ...validation, x: standardized(validation.x) },
  };
}

/** Fisher's iris data, from scikit-learn. */
export function iris(): data.Dataset {
  const { x, y } = JSON.parse(readFileSync(new URL("fixtures/iris.json", import.meta.url), "utf8")) as {
    readonly x: readonly (readonly number[])[];
    readonly y: readonly number[];
  };
  return data.fromArrays(tensor(x), Int32Array.from(y));
}
