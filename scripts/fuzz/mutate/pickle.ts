import type { Draw } from "../draw.ts";
import { border, mutateBytes, writeInteger } from "./bytes.ts";

/** Bytes of the argument of each opcode; a length of 1, 4 or 8 bytes that counts what is behind it, or lines. */
const ARGUMENTS: ReadonlyMap<number, { readonly bytes: number; readonly counts?: boolean; readonly lines?: number }> =
  new Map([
    [0x80, { bytes: 1 }],
    [0x95, { bytes: 8 }],
    [of("J"), { bytes: 4 }],
    [of("K"), { bytes: 1 }],
    [of("M"), { bytes: 2 }],
    [0x8a, { bytes: 1, counts: true }],
    [0x8b, { bytes: 4, counts: true }],
    [of("G"), { bytes: 8 }],
    [of("X"), { bytes: 4, counts: true }],
    [0x8c, { bytes: 1, counts: true }],
    [0x8d, { bytes: 8, counts: true }],
    [of("T"), { bytes: 4, counts: true }],
    [of("U"), { bytes: 1, counts: true }],
    [of("q"), { bytes: 1 }],
    [of("r"), { bytes: 4 }],
    [of("h"), { bytes: 1 }],
    [of("j"), { bytes: 4 }],
    [of("c"), { bytes: 0, lines: 2 }],
  ]);

/** Opcodes alone, and with what they take. */
const PIECES: readonly [string, ...string[]] = [
  "\u0080\u0002",
  ...Array.from("(012N)]}abesutRQ."),
  "\u0085",
  "\u0086",
  "\u0087",
  "\u0088",
  "\u0089",
  "\u0093",
  "\u0094",
  "\u0095\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
  "q\u0000",
  "h\u0000",
  "h\u0001",
  "j\u0002\u0000\u0000\u0000",
  "K\u0000",
  "K\u0005",
  "J\u00ff\u00ff\u00ff\u00ff",
  "G\u007f\u00f8\u0000\u0000\u0000\u0000\u0000\u0000",
  "\u008a\u0008\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0080",
  "\u008a\u0000",
  "\u008b\u00ff\u00ff\u00ff\u00ff",
  "X\u0001\u0000\u0000\u0000a",
  "T\u0001\u0000\u0000\u0000a",
  "U\u0001a",
  "\u008d\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000a",
  "(h\u0000h\u0000h\u0000h\u0000t",
  "\u008c\u0009__proto__",
  "ccollections\nOrderedDict\n",
  "ccollections\nCounter\n",
  "ctorch\nSize\n",
  "ctorch\ndevice\n",
  "ctorch\nFloatStorage\n",
  "ctorch\nfloat32\n",
  "ctorch._utils\n_rebuild_tensor_v2\n",
  "ctorch._utils\n_rebuild_parameter\n",
  "cos\nsystem\n",
  "c__builtin__\neval\n",
];

/** A pickle with a change of its opcodes, their arguments, or its bytes; what is behind its end stays. */
export function mutatePickle(draw: Draw, pickle: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.2)) return mutateBytes(draw, pickle, others);
  const opcodes = opcodesOf(pickle);
  for (let left = 1 + draw.below(3); left > 0; left--) change(draw, opcodes);
  const bytes = new Uint8Array(opcodes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const opcode of opcodes) {
    bytes.set(opcode, at);
    at += opcode.length;
  }
  return bytes;
}

function change(draw: Draw, opcodes: Uint8Array[]): void {
  const at = draw.below(opcodes.length);
  const opcode = opcodes[at] ?? new Uint8Array();
  const kind = draw.below(9);
  if (kind === 0) opcodes.splice(at, 1 + draw.below(3));
  else if (kind === 1) opcodes.splice(at, 0, pieceOf(draw));
  else if (kind === 2) opcodes.splice(at, 1, pieceOf(draw));
  else if (kind === 3) opcodes.splice(at, 0, ...opcodes.slice(at, at + 1 + draw.below(draw.pick([2, 8, 100]))));
  else if (kind === 4) opcodes.splice(at, 1, opcodes[draw.below(opcodes.length)] ?? opcode);
  else if (kind === 5) opcodes.splice(at, 0, ...repeated(draw));
  else if (kind === 6) opcodes.splice(at, 1, withArgument(draw, opcode));
  else replaceNumbers(draw, opcodes, at);
}

function repeated(draw: Draw): Uint8Array[] {
  const length = draw.pick([1, 50, 200, 5000]);
  const piece = pieceOf(draw);
  const isSame = draw.chance(0.5);
  return Array.from({ length }, () => (isSame ? piece : pieceOf(draw)));
}

/** Puts whole numbers of 8 bytes in place of the next few small ones. */
function replaceNumbers(draw: Draw, opcodes: Uint8Array[], from: number): void {
  let left = 1 + draw.below(4);
  for (let at = from; at < opcodes.length && left > 0; at++) {
    const [code = 0] = opcodes[at] ?? [];
    if (![of("J"), of("K"), of("M")].includes(code)) continue;
    const long = Uint8Array.of(0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0);
    writeInteger(long, 2, 8, draw.chance(0.3) ? 0 : border(draw));
    opcodes[at] = long;
    left--;
  }
}

function pieceOf(draw: Draw): Uint8Array {
  return Uint8Array.from(draw.pick(PIECES), (letter) => letter.charCodeAt(0));
}

/** An opcode with another number behind it. */
function withArgument(draw: Draw, opcode: Uint8Array): Uint8Array {
  const [code = 0] = opcode;
  const { bytes = 0 } = ARGUMENTS.get(code) ?? {};
  const changed = opcode.slice();
  if (bytes > 0 && draw.chance(0.6)) writeInteger(changed, 1, bytes, draw.chance(0.2) ? -border(draw) : border(draw));
  else if (changed.length > 1) changed[1 + draw.below(changed.length - 1)] = draw.below(256);
  return changed;
}

/** The opcodes of a pickle, with their arguments; the last has what is behind the end. */
function opcodesOf(pickle: Uint8Array): Uint8Array[] {
  const opcodes: Uint8Array[] = [];
  let at = 0;
  while (at < pickle.length) {
    const end = pickle[at] === of(".") ? pickle.length : Math.min(endOf(pickle, at), pickle.length);
    opcodes.push(pickle.slice(at, end));
    at = end;
  }
  return opcodes;
}

function endOf(pickle: Uint8Array, at: number): number {
  const { bytes = 0, counts = false, lines = 0 } = ARGUMENTS.get(pickle[at] ?? 0) ?? {};
  let end = at + 1;
  for (let i = 0; i < lines; i++) end = pickle.indexOf(10, end) + 1 || pickle.length;
  if (!counts) return end + bytes;
  const view = new DataView(pickle.buffer, pickle.byteOffset, pickle.byteLength);
  const length = bytes === 1 ? view.getUint8(end) : end + 4 <= pickle.length ? view.getUint32(end, true) : 0;
  return end + bytes + length;
}

function of(opcode: string): number {
  return opcode.charCodeAt(0);
}
