import { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { mapTensors, rowSize } from "../base/rows.ts";
import { namedTensors } from "../data/dataset.ts";

/** The columns of a table, counted through all tensors of x, whose rows are flattened. */
export class Columns<X extends Tensors> {
  /** A copy of x whose columns may be shuffled. */
  readonly x: X;
  /** A name for each column: its number or, with several tensors, `x.age[0]`. */
  readonly names: readonly string[];
  readonly #places: readonly { readonly from: Tensor; readonly to: Tensor; readonly column: number }[];

  constructor(original: X) {
    this.x = mapTensors(original, ({ shape, dtype, data }) => new Tensor(shape, dtype, data.slice()));
    const copies = namedTensors("x", this.x);
    const originals = namedTensors("x", original);
    this.#places = copies.flatMap(([, to], i) =>
      Array.from({ length: rowSize(to) }, (_, column) => ({ from: originals[i]?.[1] ?? to, to, column })),
    );
    this.names = copies.flatMap(([name, each]) =>
      Array.from({ length: rowSize(each) }, (_, column) => (copies.length === 1 ? `${column}` : `${name}[${column}]`)),
    );
  }

  get count(): number {
    return this.#places.length;
  }

  /** Gives row i of some columns the numbers of row order[i]; without an order its own. */
  arrange(columns: readonly number[], order?: Int32Array): void {
    for (const each of columns) {
      const place = this.#places[each];
      if (!place) continue;
      const { from, to, column } = place;
      const width = rowSize(to);
      const rows = to.shape[0] ?? 0;
      for (let row = 0; row < rows; row++) {
        to.data[row * width + column] = from.data[(order?.[row] ?? row) * width + column] ?? NaN;
      }
    }
  }
}
