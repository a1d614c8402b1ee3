/** Files of tensors of other programs. */
import { statSync } from "node:fs";
import { Tensor } from "lanegrad";
import { readNpy, readNpz, readTorch } from "lanegrad/io";
import { printBytes, printCount, printCounted } from "../terminal/numbers.ts";
import type { Shown } from "./shown.ts";
import { type TensorEntry, numbersIn, tensorTable } from "./tensors.ts";

/** A file of PyTorch: its tensors by their paths in dicts and lists. */
export async function torchInfo(path: string): Promise<Shown> {
  return shownArrays("PyTorch", path, tensorsIn(await readTorch<Readonly<Record<string, Tensor>>>(path)));
}

export async function npyInfo(path: string): Promise<Shown> {
  return shownArrays("NumPy", path, tensorsIn({ array: await readNpy(path) }));
}

export async function npzInfo(path: string): Promise<Shown> {
  return shownArrays("NumPy", path, tensorsIn(await readNpz(path)));
}

export function shownArrays(of: string, path: string, tensors: readonly TensorEntry[]): Shown {
  const [bytes, numbers] = [statSync(path).size, numbersIn(tensors)];
  return {
    value: { type: "tensors", file: path, bytes, numbers, tensors },
    text: ({ bold }, columns) => {
      const count = printCounted(tensors.length, "tensor");
      const head = `${bold(path)}: ${count} of ${of}, ${printCount(numbers)} numbers, ${printBytes(bytes)}`;
      return `${head}\n\n${tensorTable(tensors, columns)}`;
    },
  };
}

/** All tensors in a tree, by their paths: `model.fc.weight`. */
function tensorsIn(tree: object, before = ""): readonly TensorEntry[] {
  return Object.entries(tree).flatMap(([key, value]: readonly [string, unknown]) => {
    const name = before + key;
    if (value instanceof Tensor) return [{ name, dtype: value.dtype, shape: value.shape }];
    return typeof value === "object" && value !== null ? tensorsIn(value, `${name}.`) : [];
  });
}
