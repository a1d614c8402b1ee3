/** A machine for the opcodes that pickles of tensors have: those of protocol 2, and those of 3 to 5 that name no class. */
import { FormatError } from "../../base/errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import { globalOf, storageOf } from "./globals.ts";
import { Stack } from "./stack.ts";
import { type Pickled, PickledDict, PickledGlobal, PickledList, PickledTuple, type StorageRef } from "./values.ts";

const NEWEST_PROTOCOL = 5;
const STOP = 0x2e;
const MOST_OPCODES = 2 ** 21; // about 70,000 tensors: an opcode of one byte may make a value of 250

type Step = (stack: Stack, reader: ByteReader) => void;

/** What each opcode does, by its byte. */
const steps = new Map<number, Step>([
  [0x80, (_, reader) => requireProtocol(reader)],
  [0x95, (_, reader) => reader.skip(8)], // FRAME
  [of("("), (stack) => stack.mark()],
  [of("0"), (stack) => void stack.pop()],
  [of("1"), (stack) => void stack.popToMark()],
  [of("2"), (stack) => stack.push(stack.top())],
  // Constants and numbers
  [of("N"), (stack) => stack.push(null)],
  [0x88, (stack) => stack.push(true)],
  [0x89, (stack) => stack.push(false)],
  [of("J"), (stack, reader) => stack.push(reader.int32())],
  [of("K"), (stack, reader) => stack.push(reader.uint8())],
  [of("M"), (stack, reader) => stack.push(reader.uint16())],
  [0x8a, (stack, reader) => stack.push(reader.whole(reader.uint8()))], // LONG1
  [0x8b, (stack, reader) => stack.push(reader.whole(reader.int32()))], // LONG4
  [of("G"), (stack, reader) => stack.push(reader.float64())],
  // Text
  [of("X"), (stack, reader) => stack.push(reader.text(reader.uint32()))],
  [0x8c, (stack, reader) => stack.push(reader.text(reader.uint8()))], // SHORT_BINUNICODE
  [0x8d, (stack, reader) => stack.push(reader.text(reader.int64()))], // BINUNICODE8
  [of("T"), (stack, reader) => stack.push(reader.text(reader.int32()))], // text of Python 2
  [of("U"), (stack, reader) => stack.push(reader.text(reader.uint8()))],
  // Tuples, lists, dicts
  [of(")"), (stack) => stack.push(new PickledTuple([]))],
  [0x85, (stack) => stack.push(new PickledTuple(stack.popMany(1)))],
  [0x86, (stack) => stack.push(new PickledTuple(stack.popMany(2)))],
  [0x87, (stack) => stack.push(new PickledTuple(stack.popMany(3)))],
  [of("t"), (stack) => stack.push(new PickledTuple(stack.popToMark()))],
  [of("]"), (stack) => stack.push(new PickledList())],
  [of("a"), (stack) => stack.append(stack.popMany(1))],
  [of("e"), (stack) => stack.append(stack.popToMark())],
  [of("}"), (stack) => stack.push(new PickledDict(false))],
  [of("s"), (stack) => stack.setItems(stack.popMany(2))],
  [of("u"), (stack) => stack.setItems(stack.popToMark())],
  // Memo
  [of("q"), (stack, reader) => stack.remember(reader.uint8())],
  [of("r"), (stack, reader) => stack.remember(reader.uint32())],
  [0x94, (stack) => stack.remember()], // MEMOIZE
  [of("h"), (stack, reader) => stack.recall(reader.uint8())],
  [of("j"), (stack, reader) => stack.recall(reader.uint32())],
  // Functions and classes, all of them known
  [of("c"), (stack, reader) => stack.push(globalOf(reader.where, reader.line(), reader.line()))],
  [0x93, pushNamed], // STACK_GLOBAL
  [of("R"), reduce],
  [of("b"), build],
  [of("Q"), (stack, reader) => stack.push(stack.storage(storageOf(reader.where, stack.pop())))],
]);

/**
 * The value of the pickle at the reader, which moves behind it. Nothing is executed.
 * @param storages gets the storages that the pickle names
 * @throws FormatError when the bytes are no pickle, or name a class or function that is not known
 */
export function unpickle(reader: ByteReader, storages = new Map<string, StorageRef>()): Pickled {
  const stack = new Stack(reader.where, storages);
  for (let count = 0; count < MOST_OPCODES; count++) {
    const at = reader.at;
    const opcode = reader.uint8();
    if (opcode === STOP) return stack.pop();
    const step = steps.get(opcode);
    if (step === undefined) {
      throw new FormatError(
        `${reader.where}: a pickle must have opcodes of tensors, dicts, lists and numbers; got 0x${opcode.toString(16).padStart(2, "0")} at ${at}`,
      );
    }
    step(stack, reader);
  }
  throw new FormatError(`${reader.where}: a pickle must have at most ${MOST_OPCODES} opcodes; got more`);
}

function of(opcode: string): number {
  return opcode.charCodeAt(0);
}

function requireProtocol(reader: ByteReader): void {
  const protocol = reader.uint8();
  if (protocol >= 2 && protocol <= NEWEST_PROTOCOL) return;
  throw new FormatError(`${reader.where}: the protocol of a pickle must be from 2 to 5; got ${protocol}`);
}

function pushNamed(stack: Stack, { where }: ByteReader): void {
  const [module, name] = stack.popMany(2);
  if (typeof module !== "string" || typeof name !== "string") throw stack.wrong("the name of a class as text", name);
  stack.push(globalOf(where, module, name));
}

/** Calls a known function. */
function reduce(stack: Stack, { where }: ByteReader): void {
  const [callee, args] = stack.popMany(2);
  if (!(callee instanceof PickledGlobal) || !(args instanceof PickledTuple))
    throw stack.wrong("a function to call and its arguments", callee);
  const made = callee.make(args.items);
  if (made === undefined) {
    throw new FormatError(`${where}: ${callee.name} must be called as PyTorch does; got other arguments`);
  }
  stack.push(made);
}

/** Sets attributes of the value below: an OrderedDict has `_metadata`, which is not read. */
function build(stack: Stack): void {
  const state = stack.pop();
  const target = stack.top();
  if (target instanceof PickledDict && target.isOrdered && state instanceof PickledDict) return;
  throw stack.wrong("attributes of an OrderedDict only, in a dict,", state);
}
