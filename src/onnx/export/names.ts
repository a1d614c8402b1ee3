import type { Graph, Node, Value } from "./graph.ts";

/** The nodes that outputs depend on, in order. */
export function neededNodes(graph: Graph, outputs: readonly Value[]): Node[] {
  const needed = new Set<Value | null>(outputs);
  return graph.nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((output) => needed.has(output));
      if (isNeeded) for (const input of node.inputs) needed.add(input);
      return isNeeded;
    })
    .toReversed();
}

/** Names of nodes and values. */
export interface Names {
  readonly ofNode: ReadonlyMap<Node, string>;
  readonly ofValue: ReadonlyMap<Value, string>;
}

/**
 * Names nodes by their layer and operator, `3/Gemm`, values by the node that gives them, parameters and buffers by their names in
 * the state of the model, and other constants by their place in the node that reads them first, `3/Reshape/shape`. The second of
 * one name ends in `_1`.
 * @param given the names of inputs and outputs
 * @param pathOf the path of a layer: `3`, or "" for the model
 */
export function namesOf(
  nodes: readonly Node[],
  given: ReadonlyMap<Value, string>,
  pathOf: (layer: string) => string,
): Names {
  const used = new Set(given.values());
  const counts = new Map<string, number>();
  const unique = (name: string): string => {
    let [candidate, count] = [name, counts.get(name) ?? 0];
    while (used.has(candidate)) candidate = `${name}_${++count}`;
    counts.set(name, count);
    used.add(candidate);
    return candidate;
  };
  const ofValue = new Map(given);
  const ofNode = new Map<Node, string>();
  const all = nodes.flatMap(({ inputs }) => inputs).filter((each) => each !== null);
  for (const each of all) {
    if (each.stateName !== undefined && !ofValue.has(each)) ofValue.set(each, unique(each.stateName));
  }
  for (const node of nodes) {
    const path = pathOf(node.layer);
    const name = unique(path === "" ? node.type : `${path}/${node.type}`);
    ofNode.set(node, name);
    for (const input of node.inputs) {
      if (input && !ofValue.has(input)) ofValue.set(input, unique(`${name}/${input.hint}`));
    }
    node.outputs.forEach((output, i) => {
      if (!ofValue.has(output)) ofValue.set(output, i === 0 ? name : unique(`${name}:${i}`));
    });
  }
  return { ofNode, ofValue };
}
