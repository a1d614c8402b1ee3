import {
  DATA,
  type AttributeProto,
  type DimensionProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../model.ts";

/** The name of the first axis of inputs. */
const BATCH = "batch";

/** The graphs of a model for two batch sizes. */
export interface Pair {
  readonly graphs: readonly [GraphProto, GraphProto];
  readonly sizes: readonly [number, number];
}

/**
 * One graph for any batch size, from the graphs for two: they must be the same but for extents of `Reshape`, of which one may
 * differ and is inferred.
 * @throws TypeError when they differ elsewhere
 */
export function forAnyBatch({ graphs: [first, second], sizes }: Pair): GraphProto {
  const [nodes, others] = [first.node ?? [], second.node ?? []];
  nodes.forEach((node, i) => {
    if (!sameNode(node, others[i])) throw dependsOnBatch(node);
  });
  if (nodes.length !== others.length) throw dependsOnBatch(others[nodes.length]);
  const constants = new Map(second.initializer?.map((tensor) => [tensor.name, tensor]));
  return {
    ...first,
    initializer: (first.initializer ?? []).map((tensor) => merged(tensor, constants.get(tensor.name), nodes)),
    input: (first.input ?? []).map((port) =>
      withDimensions(port, (dimension, i) => (i === 0 ? { dimParam: BATCH } : dimension)),
    ),
    output: (first.output ?? []).map((port, which) => {
      const other = dimensionsOf(second.output?.[which]);
      return withDimensions(port, (dimension, i) => mergedDimension([dimension, other[i] ?? {}], sizes));
    }),
  };
}

function dependsOnBatch(node: NodeProto | undefined): TypeError {
  return new TypeError(
    `exportOnnx: batch may be "dynamic" if no operation depends on the batch size except by extents; got ${node?.opType} "${node?.name}", which does`,
  );
}

/** The constant of both graphs; the extents of a Reshape with -1 where they differ. */
function merged(tensor: TensorProto, other: TensorProto | undefined, nodes: readonly NodeProto[]): TensorProto {
  if (other && sameTensor(tensor, other)) return tensor;
  const readers = nodes.filter(({ input }) => input?.includes(tensor.name ?? ""));
  const isShape = readers.every(({ opType, input }) => opType === "Reshape" && input?.[1] === tensor.name);
  const [extents, others] = [integersOf(tensor), integersOf(other)];
  const differing = extents.filter((extent, i) => extent !== others[i]).length;
  if (!isShape || extents.length !== others.length || differing !== 1 || extents.includes(0n))
    throw dependsOnBatch(readers[0]);
  const inferred = BigInt64Array.from(extents.map((extent, i) => (extent === others[i] ? extent : -1n)));
  return { ...tensor, rawData: new Uint8Array(inferred.buffer) };
}

/** The numbers of a list of int64; none of other tensors. */
function integersOf(tensor: TensorProto | undefined): readonly bigint[] {
  if (tensor?.dataType !== DATA.INT64) return [];
  return Array.from(new BigInt64Array((tensor.rawData ?? new Uint8Array(0)).slice().buffer));
}

function sameNode(a: NodeProto, b: NodeProto | undefined): boolean {
  const attributes = b?.attribute ?? [];
  return (
    a.opType === b?.opType &&
    sameList(a.input, b?.input) &&
    sameList(a.output, b?.output) &&
    a.attribute?.length === attributes.length &&
    a.attribute.every((each, i) => sameAttribute(each, attributes[i]))
  );
}

function sameAttribute(a: AttributeProto, b: AttributeProto | undefined): boolean {
  const isSame = a.name === b?.name && a.f === b?.f && a.i === b?.i && a.s === b?.s && sameList(a.ints, b?.ints);
  return isSame && sameList(a.strings, b?.strings) && (a.t && b?.t ? sameTensor(a.t, b.t) : a.t === b?.t);
}

function sameTensor(a: TensorProto, b: TensorProto): boolean {
  return sameList(a.dims, b.dims) && sameBytes(a.rawData, b.rawData);
}

function sameBytes(a: Uint8Array = new Uint8Array(0), b: Uint8Array = new Uint8Array(0)): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameList(a: ArrayLike<unknown> = [], b: ArrayLike<unknown> = []): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function mergedDimension(
  [one, other]: readonly [DimensionProto, DimensionProto],
  sizes: readonly [number, number],
): DimensionProto {
  if (one.dimValue === other.dimValue) return one;
  return one.dimValue === sizes[0] && other.dimValue === sizes[1] ? { dimParam: BATCH } : {};
}

function dimensionsOf(port: ValueInfoProto | undefined): readonly DimensionProto[] {
  return port?.type?.tensorType?.shape?.dim ?? [];
}

function withDimensions(
  port: ValueInfoProto,
  change: (dimension: DimensionProto, i: number) => DimensionProto,
): ValueInfoProto {
  const shape = { dim: dimensionsOf(port).map(change) };
  return { ...port, type: { tensorType: { ...port.type?.tensorType, shape } } };
}
