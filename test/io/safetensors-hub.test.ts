/** Files that are written here, read by Hugging Face's own parser of headers. */
import { expect, test } from "vitest";
import { tensor } from "../../src/base/tensor.ts";
import { readSafetensors, toSafetensors } from "../../src/io/index.ts";
import { headerOf } from "./hub.ts";

const record = {
  "layer.weight": tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]),
  "layer.steps": tensor([7], [], "int32"),
  "größe 🧊": tensor([0.5]),
  nothing: tensor(new Float32Array(0), [0, 4]),
};

test("a file", async () => {
  const dtype = (name: string): "I64" | "BF16" | undefined =>
    name === "layer.steps" ? "I64" : name.startsWith("g") ? "BF16" : undefined;
  const bytes = toSafetensors(record, { metadata: { format: "pt", note: "ü" }, dtype });
  expect(await headerOf(bytes)).toEqual({
    __metadata__: { format: "pt", note: "ü" },
    "layer.steps": { dtype: "I64", shape: [], data_offsets: [0, 8] },
    "layer.weight": { dtype: "F32", shape: [2, 3], data_offsets: [8, 32] },
    nothing: { dtype: "F32", shape: [0, 4], data_offsets: [32, 32] },
    "größe 🧊": { dtype: "BF16", shape: [1], data_offsets: [32, 34] },
  });
  // The numbers lie where the parser says.
  const start = bytes.length - 34;
  expect([...new Float32Array(bytes.slice(start + 8, start + 32).buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(Object.keys(await readSafetensors(bytes))).toHaveLength(4);
});
