/** States of recurrent layers that persist from run to run, where a trace asks for them. */
import { printShape, sameShape } from "../../base/tensor.ts";
import type { Shape } from "../../base/shape.ts";
import { Variable } from "../../memory/variable.ts";

/** The final states of the recurrent layers of a model: zeros, then those of the last run. */
export class KeptState {
  readonly #ofLayer = new Map<object, readonly Variable[]>();

  /** All of them, in the order in which layers were traced: h of each layer, for an LSTM followed by c. */
  get variables(): readonly Variable[] {
    return [...this.#ofLayer.values()].flat();
  }

  /** @throws TypeError when there are none: no layer that was traced keeps a state */
  requireSome(where: string): void {
    if (this.#ofLayer.size > 0) return;
    throw new TypeError(
      `${where}: a model that keeps states must have recurrent layers without initial states; got none`,
    );
  }

  /** Sets them to zeros: the next run begins new sequences. */
  reset(): void {
    for (const variable of this.variables) variable.write().fill(0);
  }

  /** Those of a layer, `count` variables of this shape; the same ones in each trace. */
  of(layer: object, shape: Shape, count: number): readonly Variable[] {
    const known = this.#ofLayer.get(layer);
    if (known && known.every((each) => sameShape(each.shape, shape))) return known;
    const made = Array.from({ length: count }, () => new Variable("kept state", shape));
    this.#ofLayer.set(layer, made);
    return made;
  }
}

interface Scope {
  readonly kept: KeptState;
  /** The layers that this trace has used. */
  readonly used: Set<object>;
}

let current: Scope | undefined;

/**
 * Runs `work`, a trace, in which every recurrent layer without an initial state begins with its state in `kept` and, as an effect
 * of each run, stores its final state there. Traces that share `kept` continue each other's sequences.
 */
export function withKeptState<T>(kept: KeptState, work: () => T): T {
  const outer = current;
  current = { kept, used: new Set() };
  try {
    return work();
  } finally {
    current = outer;
  }
}

/**
 * The variables of a layer that has no initial state; undefined where the trace does not keep states.
 * @param shape [layers, batch, hidden]
 * @throws TypeError when the layer is bidirectional, or was used in this trace before
 */
export function keptStateOf(
  where: string,
  layer: { readonly bidirectional: boolean },
  shape: Shape,
  count: number,
): readonly Variable[] | undefined {
  if (!current) return undefined;
  if (layer.bidirectional) {
    throw new TypeError(
      `${where}: a layer must have one direction to keep its state, because the reverse one begins at the end; got a bidirectional layer`,
    );
  }
  if (current.used.has(layer)) {
    throw new TypeError(
      `${where}: a layer must be used once in a model that keeps its state ${printShape(shape)}; got a second use`,
    );
  }
  current.used.add(layer);
  return current.kept.of(layer, shape, count);
}
