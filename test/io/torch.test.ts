/** Files that PyTorch 1.13 wrote (scripts/torch-files.py), beside what they hold as JSON. */
import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, Trainer, nn, ops, optim } from "../../src/index.ts";
import type { StateRecord } from "../../src/base/state-tree.ts";
import { readTorch } from "../../src/io/index.ts";
import { expectClose } from "../support.ts";
import { fixture, json, refusal, revived } from "./foreign.ts";

describe("what torch.save wrote", () => {
  const names = ["layers", "predicted", "dtypes", "views", "values", "tensor", "checkpoint", "resumed"];
  const forms = names.flatMap((name) => [
    [name, name],
    [`${name}-plain`, name],
  ]);
  test.each([...forms, ["layers-protocol-4", "layers"]])("%s", async (file, expected) => {
    const found = await readTorch(fixture(`torch/${file}.pt`));
    expect(found).toEqual(revived(json(`torch/${expected}.json`)));
  });

  test("is read from a path", async () => {
    const file = new URL("fixtures/torch/tensor.pt", import.meta.url);
    expect(String(await readTorch<Tensor>(file))).toBe("float32 [2]");
  });

  test("keeps the order of entries", async () => {
    expect(Object.keys(await readTorch(fixture("torch/layers.pt")))).toEqual(
      Object.keys(json("torch/layers.json") as object),
    );
  });

  test("sets no prototype by a key", async () => {
    const values = await readTorch(fixture("torch/values.pt"));
    expect(Object.hasOwn(values, "__proto__")).toBe(true);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Object.getPrototypeOf(values)).toBeNull();
  });

  test("the same parameter twice is one tensor; other views of its storage are tensors of their own", async () => {
    const { base, same, rows } = await readTorch(fixture("torch/views.pt"));
    expect(same).toBe(base);
    expect(rows?.data.buffer).not.toBe(base?.data.buffer);
    expect(rows?.data.buffer.byteLength).toBe(2 * 6 * 4);
  });
});

describe("options", () => {
  test("only", async () => {
    const found = await readTorch(fixture("torch/views.pt"), { only: ["one", "rows"] });
    expect(Object.keys(found)).toEqual(["rows", "one"]);
    const short = await readTorch(fixture("torch/views.pt"), { only: (name) => name.length < 5 });
    expect(Object.keys(short)).toEqual(["base", "rows", "one", "same"]);
  });

  test("entries that are left out are not converted, so what they would be refused for does not matter", async () => {
    expect(await refusal(readTorch(fixture("torch/large-int64.pt")))).toMatch(
      'int64 tensor "count" must be an integer from -2147483648 to 2147483647, to become int32; got 2147483648 at index 1',
    );
    expect(await readTorch(fixture("torch/large-int64.pt"), { only: [] })).toEqual({});
    expect(await readTorch(fixture("torch/large-int64.pt"), { rename: () => undefined })).toEqual({});
  });

  test("rename, of what only chose", async () => {
    const file = fixture("torch/views.pt");
    const found = await readTorch(file, { only: ["one"], rename: (name) => `model.${name}` });
    expect(Object.keys(found)).toEqual(["model.one"]);
    expect(await refusal(readTorch(file, { rename: () => "x" }))).toMatch(
      'RangeError: readTorch: in "the given bytes": new names must be distinct; got "x" for "base" and "transposed"',
    );
  });

  test.each([
    [
      { only: ["weight"] },
      'FormatError: readTorch: in "the given bytes": there must be an entry "weight"; got base, transposed',
    ],
    [{ only: "base" as never }, 'TypeError: readTorch: in "the given bytes": only must be an array; got "base"'],
    [{ only: [5 as never] }, "names in only must be strings; got 5"],
    [{ onyl: [] } as never, "TypeError: readTorch: options must be only, rename; got onyl"],
  ])("%j is refused", async (options, error) => {
    expect(await refusal(readTorch(fixture("torch/views.pt"), options))).toMatch(error);
  });

  test("are for a file that holds a dict", async () => {
    expect(await refusal(readTorch(fixture("torch/tensor.pt"), { only: ["x"] }))).toMatch(
      "only and rename must be for a file that holds a dict; got a tensor",
    );
  });
});

describe("what is refused by name", () => {
  test.each([
    ["refused-module", '"torch.nn.modules.linear.Linear"'],
    ["refused-module-plain", '"__builtin__.Net"'],
    ["refused-command", '"posix.system"'],
    ["refused-command-plain", '"posix.system"'],
    ["refused-sparse", '"torch._utils._rebuild_sparse_tensor"'],
  ])("%s", async (file, name) => {
    expect(await refusal(readTorch(fixture(`torch/${file}.pt`)))).toBe(
      `FormatError: readTorch: in "the given bytes": only tensors, dicts, lists and numbers may be in the file; got ${name} (save \`model.state_dict()\` in PyTorch instead)`,
    );
  });

  test("a TorchScript program", async () => {
    expect(await refusal(readTorch(fixture("torch/refused-script.pt")))).toMatch("got a TorchScript program");
  });

  test("the tar form", async () => {
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode("ustar"), 257);
    expect(await refusal(readTorch(tar))).toMatch("got the tar form of PyTorch before 0.1.10");
    expect(await refusal(readTorch(new Uint8Array(1024)))).toMatch(
      'must be of torch.save, since PyTorch 0.1.10; got a file that begins with "\\u0000',
    );
    expect(await refusal(readTorch(new TextEncoder().encode("<!DOCTYPE html>")))).toMatch('begins with "<!DOCTYP"');
  });

  test.each(["large-float64", "large-float64-plain"])("a float64 that float32 cannot hold: %s", async (file) => {
    expect(await refusal(readTorch(fixture(`torch/${file}.pt`)))).toMatch(
      'float64 tensor "loss" must be finite as float32; got 1e+39 at index 1',
    );
  });
});

/** The model of the script. */
class Block extends nn.Module {
  readonly conv1 = nn.conv2d(1, 3, 3, { padding: 1, bias: false });
  readonly bn1 = nn.batchNorm2d(3);
  readonly lstm = nn.lstm(12, 5, { batchFirst: true });
  readonly fc = nn.linear(5, 2);

  override forward(x: Operand): Operand {
    const planes = ops.relu(this.bn1.call(this.conv1.call(x)));
    const steps = ops.reshape(ops.permute(planes, [0, 3, 1, 2]), [x.shape[0] ?? 0, 6, 12]);
    const last = ops.slice(this.lstm.call(steps), 1, 5, 6);
    return this.fc.call(ops.reshape(last, [x.shape[0] ?? 0, 5]));
  }
}

test("a state dict of PyTorch loads into the same model and predicts PyTorch's numbers", async () => {
  type Saved = { model: Record<string, Tensor>; x: Tensor; y: Tensor };
  const { model: state, x, y } = await readTorch<Saved>(fixture("torch/predicted.pt"));
  const model = new Block();
  model.loadStateDict(state);
  expectClose(model.predict(x).data, y.data, { relative: 1e-5, absolute: 1e-6 });
});

test("a training that PyTorch's Adam began goes on here to PyTorch's weights", async () => {
  type State = Record<string, Tensor>;
  type Saved = { x: Tensor; y: Tensor; middle: { model: State; optimizer: StateRecord }; end: State };
  const { x, y, middle, end } = await readTorch<Saved>(fixture("torch/resumed.pt"));
  const model = nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 2));
  const optimizer = optim.adam({ lr: 0.05 });
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
  model.loadStateDict(middle.model);
  optimizer.loadStateDict(middle.optimizer);
  for (let i = 0; i < 3; i++) trainer.step(x, y);
  for (const [name, { data }] of Object.entries(model.stateDict())) {
    expectClose(data, end[name]?.data ?? [], { relative: 1e-5, absolute: 1e-6, what: name });
  }
});
