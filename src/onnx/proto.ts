/**
 * The messages of ONNX that this library reads or writes, under the names of onnx.proto in camelCase. Every field may be absent.
 * Source: https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.in.proto
 */

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
