import { Reader } from "./reader.ts";

/** A call in the body of a function: the bytes of the index of what it calls. */
export interface CallSite {
  readonly start: number;
  readonly end: number;
  readonly callee: number;
}

/** What follows an opcode. */
type Immediates = "" | "integer" | "2 integers" | "byte" | "4 bytes" | "8 bytes" | "16 bytes" | "memory lane";

const BR_TABLE = 0x0e;
const CALL = 0x10;
const MISCELLANEOUS = 0xfc;
const VECTOR = 0xfd;
const ATOMIC = 0xfe;

/** Immediates of opcodes from the first to the last of a range; others up to 0xc4 have none. */
const PLAIN: readonly (readonly [first: number, last: number, immediates: Immediates])[] = [
  [0x02, 0x04, "integer"], // block, loop, if
  [0x0c, 0x0d, "integer"], // br, br_if
  [CALL, CALL, "integer"],
  [0x20, 0x24, "integer"], // locals and globals
  [0x28, 0x3e, "2 integers"], // loads and stores
  [0x3f, 0x42, "integer"], // memory.size, memory.grow, i32.const, i64.const
  [0x43, 0x43, "4 bytes"], // f32.const
  [0x44, 0x44, "8 bytes"], // f64.const
];

/** Opcodes after MISCELLANEOUS: from 8 on those of bulk memory; before, conversions. */
const BULK: readonly Immediates[] = ["2 integers", "integer", "2 integers", "integer"];

/** Opcodes after VECTOR. */
const LANES: readonly (readonly [first: number, last: number, immediates: Immediates])[] = [
  [0, 11, "2 integers"], // loads and the store
  [12, 13, "16 bytes"], // v128.const, i8x16.shuffle
  [21, 34, "byte"], // extract_lane, replace_lane
  [84, 91, "memory lane"],
  [92, 93, "2 integers"], // load32_zero, load64_zero
];

/** Every call in the body of a function, in order; indirect calls are refused. */
export function callsIn(body: Uint8Array): CallSite[] {
  const reader = new Reader(body);
  reader.list(() => [reader.unsigned(), reader.byte()]); // locals
  const calls: CallSite[] = [];
  while (!reader.isAtEnd) {
    const opcode = reader.byte();
    if (opcode === CALL) {
      const start = reader.at;
      const callee = reader.unsigned();
      calls.push({ start, end: reader.at, callee });
    } else if (opcode === BR_TABLE) {
      reader.list(() => reader.unsigned());
      reader.unsigned();
    } else skip(reader, immediatesOf(opcode, reader));
  }
  return calls;
}

function immediatesOf(opcode: number, reader: Reader): Immediates {
  if (opcode === MISCELLANEOUS) {
    const code = reader.unsigned();
    return code < 8 ? "" : known(BULK[code - 8], opcode, code);
  }
  if (opcode === VECTOR) return within(LANES, reader.unsigned());
  // Only the fence has no address.
  if (opcode === ATOMIC) return reader.unsigned() === 3 ? "byte" : "2 integers";
  // call_indirect, typed select, tables and references do not occur in kernels.
  const isUnknown = opcode === 0x11 || opcode === 0x1c || opcode === 0x25 || opcode === 0x26 || opcode > 0xc4;
  return isUnknown ? known(undefined, opcode) : within(PLAIN, opcode);
}

function within(ranges: typeof PLAIN, code: number): Immediates {
  return ranges.find(([first, last]) => code >= first && code <= last)?.[2] ?? "";
}

function known(immediates: Immediates | undefined, ...opcode: readonly number[]): Immediates {
  if (immediates !== undefined) return immediates;
  throw new Error(
    `wasm: opcodes must be among those of kernels; got ${opcode.map((code) => code.toString(16)).join(" ")}`,
  );
}

function skip(reader: Reader, immediates: Immediates): void {
  if (immediates === "integer" || immediates === "2 integers" || immediates === "memory lane") skipInteger(reader);
  if (immediates === "2 integers" || immediates === "memory lane") skipInteger(reader);
  if (immediates === "byte" || immediates === "memory lane") reader.byte();
  if (immediates.endsWith(" bytes")) reader.bytes(Number.parseInt(immediates, 10));
}

/** An integer of any length, signed or not. */
function skipInteger(reader: Reader): void {
  while (reader.byte() >= 128);
}
