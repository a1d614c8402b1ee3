/**
 * The messages of ONNX that this library reads or writes, under the names of onnx.proto in camelCase. Every field may be absent.
 * Source: https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.in.proto
 */
import {
  type Message,
  bytes,
  float32,
  float64,
  int64,
  many,
  message,
  one,
  packed,
  text,
  uint64,
} from "./protobuf/fields.ts";
import { ProtobufReader } from "./protobuf/read.ts";
import { ProtobufWriter } from "./protobuf/write.ts";

/** A whole model. */
export interface ModelProto {
  readonly irVersion?: number;
  readonly opsetImport?: readonly OperatorSetIdProto[];
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: number;
  readonly docString?: string;
  readonly graph?: GraphProto;
  readonly metadataProps?: readonly StringStringEntryProto[];
  /** Operators that the file defines itself; they are not looked into. */
  readonly functions?: readonly Uint8Array[];
}

/** A domain of operators, "" for those of ONNX, and the version of their meaning. */
export interface OperatorSetIdProto {
  readonly domain?: string;
  readonly version?: number;
}

export interface StringStringEntryProto {
  readonly key?: string;
  readonly value?: string;
}

export interface GraphProto {
  readonly node?: readonly NodeProto[];
  readonly name?: string;
  readonly initializer?: readonly TensorProto[];
  readonly docString?: string;
  readonly input?: readonly ValueInfoProto[];
  readonly output?: readonly ValueInfoProto[];
  readonly valueInfo?: readonly ValueInfoProto[];
  /** Sparse tensors, which are not looked into. */
  readonly sparseInitializer?: readonly Uint8Array[];
}

export interface NodeProto {
  /** Names of values; "" for an optional input that is not given. */
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute?: readonly AttributeProto[];
  readonly docString?: string;
  readonly domain?: string;
}

/** A setting of a node; `type` says which of the other fields holds it. */
export interface AttributeProto {
  readonly name?: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: string;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly string[];
  readonly tensors?: readonly TensorProto[];
  readonly graphs?: readonly GraphProto[];
  readonly docString?: string;
  /** One of `ATTRIBUTE`. */
  readonly type?: number;
  readonly refAttrName?: string;
}

/** Kinds of attributes, for `AttributeProto.type`. */
export const ATTRIBUTE = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
} as const;

/** Numbers of one type, either as bytes, little-endian, in `rawData` or in the list for their type. */
export interface TensorProto {
  readonly dims?: readonly number[];
  /** One of `DATA`. */
  readonly dataType?: number;
  /** Where these numbers are in a larger tensor; not looked into. */
  readonly segment?: Uint8Array;
  readonly floatData?: readonly number[];
  /** Numbers of INT32 and all shorter types; the bits of FLOAT16 and BFLOAT16. */
  readonly int32Data?: readonly number[];
  readonly stringData?: readonly Uint8Array[];
  readonly int64Data?: readonly number[];
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly doubleData?: readonly number[];
  readonly uint64Data?: readonly number[];
  readonly docString?: string;
  readonly externalData?: readonly StringStringEntryProto[];
  /** 1 if the numbers are in another file. */
  readonly dataLocation?: number;
}

/** Types of numbers, for `TensorProto.dataType` and `TensorTypeProto.elemType`. */
export const DATA = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
} as const;

/** The name and type of an input, output or other value of a graph. */
export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: TypeProto;
  readonly docString?: string;
}

/** A type: a tensor, or one that is not looked into. */
export interface TypeProto {
  readonly tensorType?: TensorTypeProto;
  readonly sequenceType?: Uint8Array;
  readonly mapType?: Uint8Array;
  readonly denotation?: string;
  readonly sparseTensorType?: Uint8Array;
  readonly optionalType?: Uint8Array;
}

export interface TensorTypeProto {
  /** One of `DATA`. */
  readonly elemType?: number;
  /** Absent for any rank. */
  readonly shape?: TensorShapeProto;
}

export interface TensorShapeProto {
  readonly dim?: readonly DimensionProto[];
}

/** A size, or the name of a size that is free; absent both for any size. */
export interface DimensionProto {
  readonly dimValue?: number;
  readonly dimParam?: string;
  readonly denotation?: string;
}

const OPERATOR_SET: Message<OperatorSetIdProto> = message<OperatorSetIdProto>(() => ({
  domain: one(1, text),
  version: one(2, int64),
}));

const ENTRY: Message<StringStringEntryProto> = message<StringStringEntryProto>(() => ({
  key: one(1, text),
  value: one(2, text),
}));

const DIMENSION: Message<DimensionProto> = message<DimensionProto>(() => ({
  dimValue: one(1, int64),
  dimParam: one(2, text),
  denotation: one(3, text),
}));

const TENSOR_SHAPE: Message<TensorShapeProto> = message<TensorShapeProto>(() => ({ dim: many(1, DIMENSION) }));

const TENSOR_TYPE: Message<TensorTypeProto> = message<TensorTypeProto>(() => ({
  elemType: one(1, int64),
  shape: one(2, TENSOR_SHAPE),
}));

const TYPE: Message<TypeProto> = message<TypeProto>(() => ({
  tensorType: one(1, TENSOR_TYPE),
  sequenceType: one(4, bytes),
  mapType: one(5, bytes),
  denotation: one(6, text),
  sparseTensorType: one(8, bytes),
  optionalType: one(9, bytes),
}));

const VALUE_INFO: Message<ValueInfoProto> = message<ValueInfoProto>(() => ({
  name: one(1, text),
  type: one(2, TYPE),
  docString: one(3, text),
}));

const TENSOR: Message<TensorProto> = message<TensorProto>(() => ({
  dims: many(1, int64),
  dataType: one(2, int64),
  segment: one(3, bytes),
  floatData: packed(4, float32),
  int32Data: packed(5, int64),
  stringData: many(6, bytes),
  int64Data: packed(7, int64),
  name: one(8, text),
  rawData: one(9, bytes),
  doubleData: packed(10, float64),
  uint64Data: packed(11, uint64),
  docString: one(12, text),
  externalData: many(13, ENTRY),
  dataLocation: one(14, int64),
}));

const ATTRIBUTE_MESSAGE: Message<AttributeProto> = message<AttributeProto>(() => ({
  name: one(1, text),
  f: one(2, float32),
  i: one(3, int64),
  s: one(4, text),
  t: one(5, TENSOR),
  g: one(6, GRAPH),
  floats: many(7, float32),
  ints: many(8, int64),
  strings: many(9, text),
  tensors: many(10, TENSOR),
  graphs: many(11, GRAPH),
  docString: one(13, text),
  type: one(20, int64),
  refAttrName: one(21, text),
}));

const NODE: Message<NodeProto> = message<NodeProto>(() => ({
  input: many(1, text),
  output: many(2, text),
  name: one(3, text),
  opType: one(4, text),
  attribute: many(5, ATTRIBUTE_MESSAGE),
  docString: one(6, text),
  domain: one(7, text),
}));

const GRAPH: Message<GraphProto> = message<GraphProto>(() => ({
  node: many(1, NODE),
  name: one(2, text),
  initializer: many(5, TENSOR),
  docString: one(10, text),
  input: many(11, VALUE_INFO),
  output: many(12, VALUE_INFO),
  valueInfo: many(13, VALUE_INFO),
  sparseInitializer: many(15, bytes),
}));

const MODEL: Message<ModelProto> = message<ModelProto>(() => ({
  irVersion: one(1, int64),
  producerName: one(2, text),
  producerVersion: one(3, text),
  domain: one(4, text),
  modelVersion: one(5, int64),
  docString: one(6, text),
  graph: one(7, GRAPH),
  opsetImport: many(8, OPERATOR_SET),
  metadataProps: many(14, ENTRY),
  functions: many(25, bytes),
}));

/**
 * The model in the bytes of a file. Arrays of bytes in it are views of the file.
 * @param where the function and the file, for messages
 * @throws FormatError when the bytes are no message of these fields
 */
export function readModel(where: string, file: Uint8Array): ModelProto {
  return MODEL.readAll(new ProtobufReader(where, file));
}

/** The bytes of a file with the model. */
export function writeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  MODEL.writeAll(writer, model);
  return writer.finish();
}

/** The tensor in the bytes of a file that holds nothing else, as the test data of ONNX. @throws FormatError as `readModel` */
export function readTensorProto(where: string, file: Uint8Array): TensorProto {
  return TENSOR.readAll(new ProtobufReader(where, file));
}
