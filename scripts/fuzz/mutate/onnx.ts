import { type ModelProto, readModel, writeModel } from "../../../src/onnx/model.ts";
import type { Draw } from "../draw.ts";
import { border, mutateBytes } from "./bytes.ts";

/** Operators, attributes and words of the format. */
const WORDS = [
  ..."Reshape Slice Gather Concat Expand Tile Pad Resize Split ConstantOfShape Range Shape LSTM Clip Cast".split(" "),
  ..."axis axes perm pads ends starts mode auto_pad kernel_shape strides to value training_mode".split(" "),
  ..."SAME_UPPER reflect edge linear cubic reverse bidirectional".split(" "),
  "",
];

/** A file with one to four changes of its messages, or of its bytes. */
export function mutateOnnx(draw: Draw, file: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.3)) return mutateBytes(draw, file, others);
  let model: ModelProto = readModel("mutate", file);
  for (let left = 1 + draw.below(4) * draw.below(2); left > 0; left--) model = changed(draw, model);
  return writeModel(model);
}

/** A copy with one change of a number, text, list or message in it. */
function changed<T>(draw: Draw, value: T): T;
function changed(draw: Draw, value: unknown): unknown {
  if (typeof value === "number")
    return draw.pick([value + 1, value - 1, -value, draw.below(8), border(draw), 0.5 * value]) | 0;
  if (typeof value === "string") return draw.chance(0.5) ? draw.pick(WORDS) : `${value}${draw.below(4)}`;
  if (value instanceof Uint8Array) return value.length > 0 ? mutateBytes(draw, value, []) : draw.bytes(8);
  if (Array.isArray(value)) return changedList(draw, value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries<unknown>({ ...value });
  // A key is drawn as often as what it holds has parts, so that most changes are in nodes.
  const parts = entries.flatMap(([, inner], i) => Array<number>(Math.min(100, partsOf(inner))).fill(i));
  const at = draw.pick(parts) ?? 0;
  const [key, inner] = entries[at] ?? ["name", ""];
  if (draw.chance(0.05)) return Object.fromEntries(entries.toSpliced(at, 1));
  return { ...value, [key]: changed(draw, inner) };
}

function changedList(draw: Draw, list: readonly unknown[]): readonly unknown[] {
  if (list.length === 0) return list;
  const at = draw.below(list.length);
  if (draw.chance(0.7)) return list.with(at, changed(draw, list[at]));
  const other = draw.pick(list);
  return draw.pick([list.toSpliced(at, 1), list.toSpliced(at, 0, other), list.with(at, other), list.toReversed()]);
}

function partsOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + partsOf(each), 1);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return 1;
  return Object.values<unknown>({ ...value }).reduce<number>((sum, each) => sum + partsOf(each), 1);
}
