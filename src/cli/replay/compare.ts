import type { EpochRecord, RunRecord, ScoresRecord } from "lanegrad/report";

/** The first number that is not the same. */
export interface Difference {
  /** Counted from 1; null for what belongs to no epoch. */
  readonly epoch: number | null;
  /** `validation loss`. */
  readonly what: string;
  readonly recorded: number | string | null;
  readonly replayed: number | string | null;
}

export interface Comparison {
  readonly epochs: number;
  /** How many numbers of epochs were compared, up to the first difference. */
  readonly numbers: number;
  /** Undefined if all bits are the same. */
  readonly difference: Difference | undefined;
}

/** Compares losses, metrics and rates of all epochs, and the hash of the weights, bit by bit. */
export function compareRuns(recorded: RunRecord, replayed: RunRecord): Comparison {
  let numbers = 0;
  for (const [i, epoch] of recorded.epochs.entries()) {
    const others = new Map(numbersOf(replayed.epochs[i]));
    for (const [what, value] of numbersOf(epoch)) {
      numbers++;
      const other = others.get(what) ?? null;
      others.delete(what);
      if (Object.is(value, other)) continue;
      return { epochs: i, numbers, difference: { epoch: epoch.epoch, what, recorded: value, replayed: other } };
    }
    const [more] = others;
    if (!more) continue;
    const difference = { epoch: epoch.epoch, what: more[0], recorded: null, replayed: more[1] };
    return { epochs: i, numbers, difference };
  }
  const rest = [
    ["count of epochs", recorded.epochs.length, replayed.epochs.length],
    ["best epoch", recorded.bestEpoch, replayed.bestEpoch],
    ["SHA-256 of the weights", recorded.weights, replayed.weights],
  ] as const;
  const different = rest.find(([, before, now]) => before !== now);
  return {
    epochs: recorded.epochs.length,
    numbers,
    difference: different && { epoch: null, what: different[0], recorded: different[1], replayed: different[2] },
  };
}

/** The numbers of an epoch by name; those that a clock or a person decides are no part of it. */
function numbersOf(epoch: EpochRecord | undefined): readonly (readonly [string, number | null])[] {
  if (!epoch) return [];
  return [
    ...scoresOf("", epoch),
    ...(epoch.validation ? scoresOf("validation ", epoch.validation) : []),
    ...epoch.rates.map(
      (rate, i) => [epoch.rates.length > 1 ? `learning rate ${i + 1}` : "learning rate", rate] as const,
    ),
    ...Object.entries(epoch.dropout).map(([path, p]) => [`p of ${path}`, p] as const),
  ];
}

function scoresOf(
  set: string,
  { loss, accuracy, metrics }: ScoresRecord,
): readonly (readonly [string, number | null])[] {
  const named = [["loss", loss], ["accuracy", accuracy], ...Object.entries(metrics)] as const;
  return named.map(([name, value]) => [`${set}${name}`, value]);
}
