import { shown } from "../../base/errors.ts";
import { rowSize } from "../../base/rows.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { namedTensors } from "../../data/dataset.ts";
import type { RunSchema } from "./options.ts";
import { type ImageShape, pngOf } from "./png.ts";
import type { Json, SampleRecord } from "./record.ts";

/** Cells of a row that are kept, at most. */
const MOST_CELLS = 64;

type Cells = Readonly<Record<string, unknown>>;

/**
 * A sample as a report shows it: the text or row that it was made of, else its inputs as an image or as numbers.
 * @param x one row of each input
 */
export function sampleRecord(
  x: Tensors,
  row: string | Cells | undefined,
  { image, schema }: { readonly image: ImageShape | undefined; readonly schema: RunSchema | undefined },
): SampleRecord | null {
  if (typeof row === "string") return { kind: "text", text: row };
  if (typeof row === "object" && row !== null) return ofCells(row);
  const [first, ...others] = namedTensors("x", x).map(([, each]) => each);
  if (!first) return null;
  const shape = image ?? imageShapeOf(first.shape.slice(1));
  if (shape && others.length === 0 && shape[0] * shape[1] * shape[2] === first.size) {
    return { kind: "image", png: pngOf(first.data, shape) };
  }
  if (others.length > 0 || rowSize(first) > MOST_CELLS) return null;
  const { features = [] } = schema ?? {};
  const names = features.length === first.size ? features : Array.from(first.data, (_, i) => String(i));
  return { kind: "row", cells: Object.fromEntries(names.map((name, i) => [name, cellOf(first.data[i])])) };
}

function ofCells(row: Cells): SampleRecord {
  const image = Object.values(row).find((cell) => cell instanceof Tensor);
  const shape = image && imageShapeOf(image.shape);
  if (image && shape) return { kind: "image", png: pngOf(image.data, shape) };
  const cells = Object.entries(row).slice(0, MOST_CELLS);
  return { kind: "row", cells: Object.fromEntries(cells.map(([name, cell]) => [name, cellOf(cell)])) };
}

/** A cell as JSON. */
function cellOf(cell: unknown): Json {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "boolean") return cell;
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : String(cell);
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? null : cell.toISOString();
  return typeof cell === "bigint" ? String(cell) : shown(cell);
}

/** The shape of an image: [height, width] or [1 or 3 channels, height, width], of at least 4 pixels each way. */
function imageShapeOf(shape: readonly number[]): ImageShape | undefined {
  const [channels = 0, height = 0, width = 0] = shape.length === 2 ? [1, ...shape] : shape;
  const isImage = (shape.length === 2 || shape.length === 3) && (channels === 1 || channels === 3);
  return isImage && height >= 4 && width >= 4 ? [channels, height, width] : undefined;
}
