import { median, spread } from "../../../bench/statistics.ts";
import { CommandError } from "../errors.ts";
import type { Case, Contender } from "./contender.ts";

/** What one contender took in one case. */
export interface Result {
  readonly contender: string;
  /** Seconds of a call: the median over the rounds. */
  readonly seconds: number;
  /** (largest - smallest) / median over the rounds. */
  readonly spread: number;
  /** How many times the first contender's time it took in the same round: median, least and most over the rounds. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
}

const ROUNDS = 5;
const TOLERANCE = 1e-3; // of losses near 2 and outputs near 0.1, after steps whose sums are rounded in other orders

/**
 * Measures all contenders in turn, in several rounds, so that a disturbance of the machine affects all alike. First all
 * must give the same numbers.
 * @param seconds time to measure in all
 */
export async function measureInRounds(
  cases: readonly Case[],
  contenders: readonly Contender[],
  seconds: number,
  progress: (text: string) => void,
): Promise<readonly (readonly Result[])[]> {
  for (const measured of cases) await requireSameNumbers(measured, contenders);
  // The first round, which warms up, is not counted.
  const slice = seconds / (cases.length * contenders.length * (ROUNDS + 1));
  const medians = cases.map(() => contenders.map((): number[] => []));
  for (let round = 0; round <= ROUNDS; round++) {
    progress(round === 0 ? "warming up" : `round ${round} of ${ROUNDS}`);
    for (const [c, measured] of cases.entries()) {
      for (const [k, contender] of contenders.entries()) {
        const time = median(await contender.times(measured, slice));
        if (round > 0) medians[c]?.[k]?.push(time);
      }
    }
  }
  return medians.map((each) => each.map((times, k) => resultOf(contenders[k]?.name ?? "", times, each[0] ?? times)));
}

function resultOf(contender: string, times: readonly number[], first: readonly number[]): Result {
  const ratios = times.map((time, round) => time / (first[round] ?? time));
  const ratio = { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
  return { contender, seconds: median(times), spread: spread(times), ratio };
}

async function requireSameNumbers(measured: Case, contenders: readonly Contender[]): Promise<void> {
  const [first, ...others] = contenders;
  if (first === undefined) return;
  const expected = await first.check(measured);
  for (const other of others) {
    const got = await other.check(measured);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (got[i] ?? Infinity))));
    if (worst <= TOLERANCE) continue;
    throw new CommandError(
      `bench: all must compute the same numbers; got ${worst.toPrecision(2)} between ${first.name} and ${other.name} in ${measured.name}`,
    );
  }
}
