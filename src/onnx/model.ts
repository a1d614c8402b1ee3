/** ONNX files as plain objects, and back. */
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
import type {
  ModelProto,
  OperatorSetIdProto,
  StringStringEntryProto,
  GraphProto,
  NodeProto,
  AttributeProto,
  TensorProto,
  ValueInfoProto,
  TypeProto,
  TensorTypeProto,
  TensorShapeProto,
  DimensionProto,
} from "./proto.ts";

export * from "./proto.ts";

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
