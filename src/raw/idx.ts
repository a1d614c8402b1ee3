import { FormatError, requirePositive } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { Tensor, printShape, sizeOf } from "../base/tensor.ts";
import { type FileLike, withSource } from "../files/source.ts";
import { MOST_EXPANSION, inflatedStart } from "../files/inflate.ts";

export interface IdxOptions {
  /** Factor of all numbers, which become float32: `1 / 255` for pixels. Default: the numbers as they are. */
  readonly scale?: number | undefined;
}

interface Kind {
  readonly bytes: number;
  readonly isWhole: boolean;
  readonly read: (view: DataView, at: number) => number;
}

/** The kinds of numbers, by their code; all are big-endian. */
const KINDS: ReadonlyMap<number | undefined, Kind> = new Map([
  [0x08, { bytes: 1, isWhole: true, read: (view, at) => view.getUint8(at) }],
  [0x09, { bytes: 1, isWhole: true, read: (view, at) => view.getInt8(at) }],
  [0x0b, { bytes: 2, isWhole: true, read: (view, at) => view.getInt16(at) }],
  [0x0c, { bytes: 4, isWhole: true, read: (view, at) => view.getInt32(at) }],
  [0x0d, { bytes: 4, isWhole: false, read: (view, at) => view.getFloat32(at) }],
  [0x0e, { bytes: 8, isWhole: false, read: (view, at) => view.getFloat64(at) }],
]);
const MOST_AXES = 255;

/** What the beginning of a file says. */
interface Header {
  readonly kind: Kind;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * The tensor of an IDX file, the format of MNIST; a file of gzip is inflated. Whole numbers become int32, others float32.
 *
 * @throws FormatError when the file is no IDX file, or is not as long as its header says
 * @throws FileError when the host cannot read the file
 */
export async function readIdx(file: FileLike, options: IdxOptions = {}): Promise<Tensor> {
  const { scale } = withDefaults("readIdx", options, { scale: undefined });
  if (scale !== undefined) requirePositive("readIdx", "scale", scale);
  return withSource("readIdx", file, async (source) => {
    const called = `readIdx: ${JSON.stringify(source.name)}`;
    const bytes = await source.read(0, source.size);
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
      const header = headerOf(called, bytes);
      requireSize(called, header, bytes.length);
      return tensorOf(header, bytes, scale);
    }
    const header = headerOf(called, await inflatedStart(called, bytes, "gzip", 4 + 4 * MOST_AXES));
    // Before memory for what the header says is allocated.
    if (header.size > bytes.length * MOST_EXPANSION) requireSize(called, header, bytes.length * MOST_EXPANSION);
    const inflated = await inflatedStart(called, bytes, "gzip", header.size + 1);
    requireSize(called, header, inflated.length);
    return tensorOf(header, inflated, scale);
  });
}

function headerOf(called: string, bytes: Uint8Array): Header {
  const [first, second, code, axes = 0] = bytes;
  const kind = KINDS.get(code);
  const start = 4 + 4 * axes;
  if (first !== 0 || second !== 0 || !kind || bytes.length < start) {
    const got = [...bytes.subarray(0, 4)].join(", ") || "no bytes";
    throw new FormatError(`${called} must begin as an IDX file: 0, 0, a kind of numbers, a count of axes; got ${got}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { kind, shape, start, size: start + sizeOf(shape) * kind.bytes };
}

function requireSize(called: string, { shape, size }: Header, found: number): void {
  if (size === found) return;
  const got = found < size ? `at most ${found}` : "more";
  throw new FormatError(`${called} must have ${size} bytes, for numbers ${printShape(shape)}; got ${got}`);
}

function tensorOf({ kind, shape, start }: Header, bytes: Uint8Array, scale: number | undefined): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = sizeOf(shape);
  if (kind.isWhole && scale === undefined) {
    const whole = new Int32Array(size);
    for (let i = 0; i < size; i++) whole[i] = kind.read(view, start + i * kind.bytes);
    return new Tensor(shape, "int32", whole);
  }
  const floats = new Float32Array(size);
  for (let i = 0; i < size; i++) floats[i] = kind.read(view, start + i * kind.bytes) * (scale ?? 1);
  return new Tensor(shape, "float32", floats);
}
