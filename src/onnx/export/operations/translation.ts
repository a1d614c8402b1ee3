import type { Operand } from "../../../graph/operand.ts";
import type { Graph, Value } from "../graph.ts";

/** Adds the nodes of an operand to a graph and gives its value; undefined if it sets values itself, or none is read. */
export type Translation = (out: Operand, graph: Graph) => Value | undefined;

export type Translations = Readonly<Record<string, Translation>>;
