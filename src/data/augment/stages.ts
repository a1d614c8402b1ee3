import { ShapeError, shown } from "../../base/errors.ts";
import { mapTensors, rowSize, rowsBetween } from "../../base/rows.ts";
import { type Shape, Tensor, printShape } from "../../base/tensor.ts";
import { namedTensors } from "../dataset.ts";
import { AffineMap, type Image, resample } from "./affine.ts";
import type { Draws } from "./draws.ts";
import { imageOf } from "./image.ts";
import type { Rows } from "./source.ts";
import type { Geometric, PairTransform, SampleTransform, Transform } from "./transform.ts";

/** One pass over the samples of a batch. */
export interface Stage {
  /** @throws ShapeError when samples of this shape cannot be changed */
  readonly check: (sample: Shape) => void;
  /** The samples that the stage needs to make those at `indices`. */
  readonly wanted: (indices: Int32Array, length: number, draws: Draws) => Int32Array;
  /** The samples at `indices`, from the wanted ones. */
  readonly apply: (rows: Rows, indices: Int32Array, draws: Draws) => Rows;
  /** Samples that are not changed. */
  readonly evaluated: (rows: Rows) => Rows;
}

interface Settings {
  readonly shape: readonly number[] | undefined;
  readonly fill: number;
}

/** A transform with its place among all: what it draws depends on it. */
type Numbered<T> = readonly [number: number, transform: T];

/** The passes that transforms take: geometric ones that follow one another take one. */
export function stagesOf(transforms: readonly Transform[], settings: Settings): Stage[] {
  const stages: Stage[] = [];
  let geometric: Numbered<Geometric>[] = [];
  const warp = (): void => {
    if (geometric.length > 0) stages.push(warpStage(geometric, settings));
    geometric = [];
  };
  transforms.forEach((transform, number) => {
    const kind: unknown = Reflect.get(Object(transform), "kind");
    if (kind !== "geometric") warp();
    if (kind === "geometric") geometric.push([number, transform as Geometric]);
    else if (kind === "sample") stages.push(sampleStage([number, transform as SampleTransform], settings));
    else if (kind === "pair") stages.push(pairStage([number, transform as PairTransform]));
    else {
      throw new TypeError(
        `augment: transforms must be made by functions of data.transforms; got ${shown(transform)} at index ${number}`,
      );
    }
  });
  warp();
  return stages;
}

const ALONE = {
  wanted: (indices: Int32Array): Int32Array => indices,
  evaluated: (rows: Rows): Rows => rows,
};

/** Composes the maps of an image and resamples it once. */
function warpStage(transforms: readonly Numbered<Geometric>[], { shape, fill }: Settings): Stage {
  const names = transforms.map(([, { name }]) => name).join(", ");
  const map = new AffineMap();
  return {
    ...ALONE,
    check: (sample) => void requireImage(names, sample, shape),
    apply: ({ x, batch }, indices, draws) => {
      const image = requireImage(names, x.shape.slice(1), shape);
      const warped = new Float32Array(x.data.length);
      const width = rowSize(x);
      for (let i = 0; i < indices.length; i++) {
        map.reset();
        for (const [number, transform] of transforms) {
          draws.begin(number, indices[i] ?? 0);
          transform.compose(map, draws, image);
        }
        if (map.isIdentity) warped.set(x.data.subarray(i * width, (i + 1) * width), i * width);
        else resample(x.data, warped, i * width, image, map, fill);
      }
      return { x: new Tensor(x.shape, "float32", warped), batch };
    },
  };
}

function sampleStage([number, transform]: Numbered<SampleTransform>, { shape }: Settings): Stage {
  return {
    ...ALONE,
    check: (sample) => {
      if (transform.isForImages) requireImage(transform.name, sample, shape);
      transform.check?.(sample);
    },
    apply: (rows, indices, draws) => {
      const { data, shape: extents } = rows.x;
      const sample = extents.slice(1);
      const image = imageOf("augment", sample, shape);
      const width = rowSize(rows.x);
      for (let i = 0; i < indices.length; i++) {
        draws.begin(number, indices[i] ?? 0);
        transform.change(data.subarray(i * width, (i + 1) * width), draws, sample, image);
      }
      return rows;
    },
  };
}

function pairStage([number, transform]: Numbered<PairTransform>): Stage {
  const { targets = (y): typeof y => y } = transform;
  return {
    check: () => {},
    /** The samples themselves, then the other one of each. */
    wanted: (indices, length, draws) => {
      const all = new Int32Array(2 * indices.length);
      all.set(indices);
      indices.forEach((index, i) => {
        draws.begin(number, index);
        all[indices.length + i] = draws.below(length);
      });
      return all;
    },
    apply: ({ x, batch }, indices, draws) => {
      const count = indices.length;
      const width = rowSize(x);
      const y = targets(batch.y);
      const areMixed = namedTensors("y", y).every(([, { dtype }]) => dtype === "float32");
      const shares = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        draws.begin(number, indices[i] ?? 0);
        draws.uniform(); // drew the other sample
        const other = count + i;
        shares[i] = transform.combine(
          x.data.subarray(i * width, (i + 1) * width),
          x.data.subarray(other * width, (other + 1) * width),
          draws,
          areMixed,
        );
      }
      const isShared = shares.some((share) => share !== 1);
      const own = (each: Tensor): Tensor => rowsBetween(each, 0, count);
      return {
        x: rowsBetween(x, 0, count),
        batch: {
          x: mapTensors(batch.x, own),
          y: mapTensors(y, isShared ? (each) => mixed(each, shares) : own),
          ...(batch.weights && { weights: rowsBetween(batch.weights, 0, count) }),
        },
      };
    },
    evaluated: ({ x, batch }) => ({ x, batch: { ...batch, y: targets(batch.y) } }),
  };
}

/** Row i times shares[i], plus the row as many rows below as there are shares times the rest. */
function mixed(y: Tensor, shares: Float64Array): Tensor {
  const width = rowSize(y);
  const numbers = new Float32Array(shares.length * width);
  for (let i = 0; i < numbers.length; i++) {
    const share = shares[Math.floor(i / width)] ?? 1;
    numbers[i] = share * (y.data[i] ?? NaN) + (1 - share) * (y.data[numbers.length + i] ?? NaN);
  }
  return new Tensor([shares.length, ...y.shape.slice(1)], "float32", numbers);
}

function requireImage(names: string, sample: Shape, shape: readonly number[] | undefined): Image {
  const image = imageOf("augment", sample, shape);
  if (image) return image;
  throw new ShapeError(
    `augment: samples must be [channels, height, width] or [height, width] for ${names}, or flat with the option shape; got ${printShape(sample)}`,
  );
}
