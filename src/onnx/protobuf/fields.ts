/** Messages as plain objects: one table of fields says how they are read and how they are written. */
import { type ProtobufReader, WIRE } from "./read.ts";
import type { ProtobufWriter } from "./write.ts";

/** How one value of a field lies in the bytes. */
export interface Kind<V> {
  readonly wire: number;
  read(reader: ProtobufReader): V;
  write(writer: ProtobufWriter, value: V): void;
}

/** A field of a message: its number, and how its value, one or several, is read and written. */
export interface Field<V> {
  readonly number: number;
  /** The value after one more piece of it. @param before the value of the pieces so far */
  read(reader: ProtobufReader, wire: number, before: V | undefined): V;
  write(writer: ProtobufWriter, value: V): void;
}

/** The fields of a message. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<NonNullable<T[K]>> };

export const int64: Kind<number> = {
  wire: WIRE.varint,
  read: (reader) => reader.int64(),
  write: (writer, value) => writer.integer(value),
};

export const uint64: Kind<number> = { ...int64, read: (reader) => reader.uint64() };

export const float32: Kind<number> = {
  wire: WIRE.bits32,
  read: (reader) => reader.float32(),
  write: (writer, value) => writer.float32(value),
};

export const float64: Kind<number> = {
  wire: WIRE.bits64,
  read: (reader) => reader.float64(),
  write: (writer, value) => writer.float64(value),
};

export const text: Kind<string> = {
  wire: WIRE.length,
  read: (reader) => reader.text(),
  write: (writer, value) => writer.text(value),
};

/** Bytes, or a message that is not looked into. */
export const bytes: Kind<Uint8Array> = {
  wire: WIRE.length,
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
};

/** A field with one value; of several the last counts. */
export function one<V>(number: number, kind: Kind<V>): Field<V> {
  return {
    number,
    read(reader, wire) {
      if (wire !== kind.wire) reader.refuse(wire, `${kind.wire} in field ${number}`);
      return kind.read(reader);
    },
    write(writer, value) {
      writer.tag(number, kind.wire);
      kind.write(writer, value);
    },
  };
}

/** A field with a list of values, each with its tag. Numbers are read packed too. */
export function many<V>(number: number, kind: Kind<V>): Field<readonly V[]> {
  const single = one(number, kind);
  return {
    number,
    read(reader, wire, before) {
      const values: V[] = Array.isArray(before) ? before : []; // the array of the piece before
      if (wire !== WIRE.length || kind.wire === WIRE.length) values.push(single.read(reader, wire, undefined));
      else for (const packed = reader.within(); !packed.atEnd;) values.push(kind.read(packed));
      return values;
    },
    write(writer, values) {
      for (const value of values) single.write(writer, value);
    },
  };
}

/** A field with a list of numbers under one tag. They are read with a tag for each too. */
export function packed(number: number, kind: Kind<number>): Field<readonly number[]> {
  return {
    ...many(number, kind),
    write(writer, values) {
      if (values.length === 0) return;
      writer.tag(number, WIRE.length);
      writer.within((inner) => {
        for (const value of values) kind.write(inner, value);
      });
    },
  };
}

/** A message as an object, and by itself, without a length before it. */
export interface Message<T> extends Kind<T> {
  readAll(reader: ProtobufReader): T;
  writeAll(writer: ProtobufWriter, value: T): void;
}

/** A message of these fields, given by a function because messages contain each other. Fields of other numbers are skipped. */
export function message<T extends object>(fields: () => Fields<T>): Message<Partial<T>> {
  let made: readonly Entry<T>[] | undefined;
  const entries = (): readonly Entry<T>[] => (made ??= entriesOf(fields()));
  const readAll = (reader: ProtobufReader): Partial<T> => {
    const byNumber = new Map(entries().map((entry) => [entry.number, entry]));
    const value: Partial<T> = {};
    while (!reader.atEnd) {
      const { field, wire } = reader.tag();
      const entry = byNumber.get(field);
      if (entry) entry.read(reader, wire, value);
      else reader.skip(wire);
    }
    return value;
  };
  const writeAll = (writer: ProtobufWriter, value: Partial<T>): void => {
    for (const entry of entries()) entry.write(writer, value);
  };
  return {
    wire: WIRE.length,
    readAll,
    writeAll,
    read: (reader) => readAll(reader.within()),
    write: (writer, value) => writer.within((inner) => writeAll(inner, value)),
  };
}

/** A field with the key under which its value stands in the object. */
interface Entry<T> {
  readonly number: number;
  read(reader: ProtobufReader, wire: number, into: Partial<T>): void;
  write(writer: ProtobufWriter, from: Partial<T>): void;
}

function entriesOf<T extends object>(fields: Fields<T>): readonly Entry<T>[] {
  return Object.keys(fields).flatMap((key) => (isKeyOf(fields, key) ? [entryOf(key, fields[key])] : []));
}

function isKeyOf<T extends object>(fields: Fields<T>, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(fields, key);
}

function entryOf<T, K extends keyof T>(key: K, field: Field<NonNullable<T[K]>>): Entry<T> {
  return {
    number: field.number,
    read: (reader, wire, into) => {
      into[key] = field.read(reader, wire, into[key] ?? undefined);
    },
    write: (writer, from) => {
      const value = from[key];
      if (value !== undefined && value !== null) field.write(writer, value);
    },
  };
}
