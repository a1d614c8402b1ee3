/** Headers of .npy files, by NumPy's specification (numpy.lib.format), versions 1.0 to 3.0. */
import { FormatError, shown } from "../../base/errors.ts";
import { type Shape, isExtent, printShape, sizeOf } from "../../base/shape.ts";
import { ELEMENTS, type ElementType } from "../elements.ts";
import { dictLiteral } from "./literal.ts";

/** What a header says of the numbers behind it. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly isLittle: boolean;
  /** Whether the first axis is the innermost. */
  readonly isFortran: boolean;
  readonly shape: Shape;
  /** Where the numbers start. */
  readonly start: number;
}

export const MAGIC = Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"));

const TYPES: ReadonlyMap<string, string> = new Map([
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["b1", "bool"],
]);

const MOST_AXES = 64; // in NumPy 2
const LONGEST_HEADER = 65_535; // bytes: only structured dtypes have longer ones

/** What other kinds of dtypes hold. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["O", "Python objects"],
  ["S", "strings"],
  ["U", "strings"],
  ["V", "raw bytes"],
  ["c", "complex numbers"],
  ["M", "dates"],
  ["m", "durations"],
]);

/**
 * The header at the front of a file.
 * @throws FormatError when it is not as specified, or holds anything but real numbers and booleans
 */
export function npyHeader(where: string, bytes: Uint8Array): NpyHeader {
  if (bytes.length < 12 || MAGIC.some((byte, i) => byte !== bytes[i])) {
    throw new FormatError(
      `${where}: a .npy file must begin with its magic string; got ${shown(textOf(bytes.subarray(0, 8)))}`,
    );
  }
  const [major, minor] = [bytes[6] ?? 0, bytes[7] ?? 0];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`${where}: the version of .npy must be 1.0, 2.0 or 3.0; got ${major}.${minor}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = major === 1 ? 10 : 12;
  const start = from + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start - from > LONGEST_HEADER) {
    throw new FormatError(`${where}: the header must have at most ${LONGEST_HEADER} bytes; got ${start - from}`);
  }
  if (start > bytes.length) {
    throw new FormatError(`${where}: the header must end within the file of ${bytes.length} bytes; got ${start}`);
  }
  return { ...described(where, textOf(bytes.subarray(from, start))), start };
}

function described(where: string, text: string): Omit<NpyHeader, "start"> {
  const entries = dictLiteral(where, text);
  const [descr, isFortran, shape] = ["descr", "fortran_order", "shape"].map((key) => entries.get(key));
  if (entries.size !== 3 || typeof descr !== "string" || typeof isFortran !== "boolean" || typeof shape !== "object") {
    const keys = "descr, a string, fortran_order, a boolean, and shape, a tuple";
    throw new FormatError(`${where}: the header must have ${keys}; got ${shown(Object.fromEntries(entries))}`);
  }
  if (shape.length > MOST_AXES) {
    throw new FormatError(`${where}: the array must have at most ${MOST_AXES} axes; got ${shape.length}`);
  }
  if (!shape.every(isExtent) || !Number.isSafeInteger(sizeOf(shape))) {
    throw new FormatError(
      `${where}: the shape must be of whole numbers with a product below 2^53; got ${printShape(shape)}`,
    );
  }
  const order = descr.slice(0, 1);
  const type = ELEMENTS.get(TYPES.get(descr.slice(1)) ?? "");
  if (type === undefined || !(type.bytes === 1 ? "|<>" : "<>").includes(order)) {
    const kind = KINDS.get(/[A-Za-z]/.exec(descr)?.[0] ?? "");
    const got = kind === undefined ? shown(descr) : `${kind}, ${shown(descr)}`;
    throw new FormatError(`${where}: the dtype must be of real numbers in 1 to 8 bytes or booleans; got ${got}`);
  }
  return { type, isLittle: order !== ">", isFortran, shape };
}

/** Bytes as characters of the same number: headers are ASCII. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
