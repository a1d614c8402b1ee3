import { type Spans, inOrderOfTime } from "../times.ts";
import { type Splitter, unitEnds } from "./splitter.ts";

/**
 * Divides samples by time: each part is later than the one before. Samples of one time are in one part, and samples that
 * begin before a cut and end after it in none.
 */
export function byTime(where: string, spans: Spans): Splitter {
  const order = inOrderOfTime(spans);
  const { starts, sizes } = unitsOf(spans, order);
  /** Samples that begin at or after `low`, and end before `high`. */
  const within = (low: number, high: number): Int32Array =>
    order.filter((i) => (spans.from[i] ?? NaN) >= low && (spans.to[i] ?? NaN) < high);
  const cutsAt = (targets: readonly number[]): number[] => unitEnds(sizes, targets).map((end) => starts[end] ?? NaN);
  return {
    cut: ({ training, validation, test }) => {
      const shares = [training, validation, test].filter((share) => share > 0);
      requireTimes(where, starts.length, shares.length, `${shares.length} parts`);
      let share = 0;
      const bounds = [
        -Infinity,
        ...cutsAt(shares.slice(0, -1).map((each) => (share += each) * order.length)),
        Infinity,
      ];
      let part = 0;
      const next = (of: number): Int32Array =>
        of > 0 ? within(bounds[part++] ?? NaN, bounds[part] ?? NaN) : new Int32Array();
      return { training: next(training), validation: next(validation), test: next(test) };
    },
    folds: (count) => {
      requireTimes(where, starts.length, count + 1, `${count} folds`);
      const size = Math.floor(order.length / (count + 1));
      const cuts = cutsAt(Array.from({ length: count }, (_, fold) => order.length - (count - fold) * size));
      return cuts.map((cut, fold) => {
        const end = cuts[fold + 1] ?? Infinity;
        const training = within(-Infinity, cut);
        if (training.length === 0) {
          throw new RangeError(
            `${where}: samples for training must end before those for validation begin, at ${cut} in fold ${fold}; got none`,
          );
        }
        return { training, validation: order.filter((i) => isFrom(spans.from[i] ?? NaN, cut, end)) };
      });
    },
  };
}

function isFrom(time: number, low: number, high: number): boolean {
  return time >= low && time < high;
}

/** The distinct times at which samples begin, and how many begin at each. */
function unitsOf({ from }: Spans, order: Int32Array): { readonly starts: number[]; readonly sizes: number[] } {
  const starts: number[] = [];
  const sizes: number[] = [];
  for (const i of order) {
    const time = from[i] ?? NaN;
    if (time !== starts.at(-1)) {
      starts.push(time);
      sizes.push(0);
    }
    sizes[sizes.length - 1] = (sizes.at(-1) ?? 0) + 1;
  }
  return { starts, sizes };
}

function requireTimes(where: string, found: number, least: number, what: string): void {
  if (found >= least) return;
  throw new RangeError(`${where}: times must have at least ${least} different values for ${what}; got ${found}`);
}
