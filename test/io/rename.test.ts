import { describe, expect, test } from "vitest";
import { type Operand, nn, ops } from "../../src/index.ts";
import { renameKeys } from "../../src/io/index.ts";

test("entries get new names in the same order; undefined leaves one out", () => {
  const found = renameKeys({ "a.x": 1, "a.y": 2, b: 3 }, (name) => (name === "b" ? undefined : name.replace("a.", "")));
  expect(Object.entries(found)).toEqual([
    ["x", 1],
    ["y", 2],
  ]);
});

test("a state stays as it is, and new names set no prototype", () => {
  const state = { a: { polluted: true } };
  const found = renameKeys(state, () => "__proto__");
  expect(Object.keys(found)).toEqual(["__proto__"]);
  expect(Reflect.get(found, "polluted")).toBeUndefined();
  expect(Object.keys(state)).toEqual(["a"]);
});

test.each([
  [() => "x", 'RangeError: renameKeys: new names must be distinct; got "x" for "a" and "b"'],
  [() => 5 as never, 'TypeError: renameKeys: a new name must be a string or undefined; got 5 for "a"'],
  [null as never, "TypeError: renameKeys: rename must be a function; got null"],
])("%s is refused", (rename, error) => {
  expect(() => renameKeys({ a: 1, b: 2 }, rename)).toThrow(error.slice(error.indexOf("renameKeys")));
});

/** A residual block of torchvision's ResNet, under names of its own. */
class BasicBlock extends nn.Module {
  readonly first = nn.conv2d(4, 4, 3, { padding: 1, bias: false });
  readonly firstNorm = nn.batchNorm2d(4);
  readonly second = nn.conv2d(4, 4, 3, { padding: 1, bias: false });
  readonly secondNorm = nn.batchNorm2d(4);

  override forward(x: Operand): Operand {
    const inner = ops.relu(this.firstNorm.call(this.first.call(x)));
    return ops.relu(ops.add(this.secondNorm.call(this.second.call(inner)), x));
  }
}

/** A feed-forward block of BERT, under names of its own. */
class FeedForward extends nn.Module {
  readonly words = nn.embedding(7, 4);
  readonly up = nn.linear(4, 8);
  readonly down = nn.linear(8, 4);
  readonly norm = nn.layerNorm(4);

  override forward(words: Operand): Operand {
    const x = this.words.call(words);
    return this.norm.call(ops.add(x, this.down.call(ops.gelu(this.up.call(x)))));
  }
}

describe("names of other libraries", () => {
  /** The state of a model under the names of a file, by [in the file, in the model]. */
  const stateOf = (model: nn.Module, names: readonly (readonly [string, string])[]): Record<string, unknown> => {
    const state = model.stateDict();
    return Object.fromEntries(names.map(([theirs, ours]) => [theirs, state[ours]]));
  };

  test("torchvision: layer1.0.conv1.weight", () => {
    const [from, to] = [new BasicBlock(), new BasicBlock()];
    const parts = { conv1: "first", bn1: "firstNorm", conv2: "second", bn2: "secondNorm" };
    const theirs = Object.entries(parts).flatMap(([part, own]) => {
      const entries = part.startsWith("conv")
        ? ["weight"]
        : ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];
      return entries.map((entry) => [`layer1.0.${part}.${entry}`, `${own}.${entry}`] as const);
    });
    const file = { "conv1.weight": 0, ...stateOf(from, theirs), "fc.weight": 0 };
    const renamed = renameKeys(file, (name) =>
      name.startsWith("layer1.0.")
        ? name
            .slice("layer1.0.".length)
            .replace(/^conv1/, "first")
            .replace(/^bn1/, "firstNorm")
            .replace(/^conv2/, "second")
            .replace(/^bn2/, "secondNorm")
        : undefined,
    );
    to.loadStateDict(renamed as never);
    expect(to.stateDict()).toEqual(from.stateDict());
  });

  test("Hugging Face: bert.encoder.layer.0.output.dense.weight", () => {
    const [from, to] = [new FeedForward(), new FeedForward()];
    const places = new Map([
      ["bert.embeddings.word_embeddings", "words"],
      ["bert.encoder.layer.0.intermediate.dense", "up"],
      ["bert.encoder.layer.0.output.dense", "down"],
      ["bert.encoder.layer.0.output.LayerNorm", "norm"],
    ]);
    const theirs = [...places].flatMap(([place, own]) =>
      (own === "words" ? ["weight"] : ["weight", "bias"]).map(
        (each) => [`${place}.${each}`, `${own}.${each}`] as const,
      ),
    );
    const file = { ...stateOf(from, theirs), "bert.pooler.dense.weight": 0 };
    const renamed = renameKeys(file, (name) => {
      const dot = name.lastIndexOf(".");
      const own = places.get(name.slice(0, dot));
      return own && own + name.slice(dot);
    });
    to.loadStateDict(renamed as never);
    expect(to.stateDict()).toEqual(from.stateDict());
  });
});
