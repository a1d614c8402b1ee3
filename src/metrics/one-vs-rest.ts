import { requireOneOf, requireSwitch } from "../base/errors.ts";
import type { Defaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { rank, type Ranking } from "./ranking.ts";
import { logOdds, requireLogits, SCORE_DEFAULTS, type Scored, scoresOf } from "./scores.ts";
import type { ScoreOptions, ScoreSelection } from "./scores.ts";
import { weightedMean } from "./sums.ts";

export interface OneVsRestOptions extends ScoreOptions {
  /**
   * For more than two classes, `"macro"`: the mean over classes; `"weighted"`: the mean weighted by the rows of each class.
   * Default: "macro".
   */
  readonly average?: "macro" | "weighted";
}

export interface PerColumnOptions extends ScoreOptions {
  /** One value for each column of scores. */
  readonly average: "none";
}

/** Options with any of the averages. */
export interface AnyAverage extends ScoreOptions {
  readonly average?: "macro" | "weighted" | "none";
}

export const ONE_VS_REST_DEFAULTS = { ...SCORE_DEFAULTS, average: "macro" } as const satisfies Defaults<AnyAverage>;

/** The area of class 1 of two classes; for more, of each class against all others, averaged. */
export function oneVsRest(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  options: ScoreSelection & { readonly average: "macro" | "weighted" | "none" },
  areaOf: (ranking: Ranking, positive: number) => number,
): number | readonly number[] {
  const { average } = options;
  requireOneOf(where, "average", average, ["macro", "weighted", "none"]);
  const scored = rankedBy(where, scoresOf(where, scores, truth, { ...options, fromLogits: false }), options.fromLogits);
  const { columns } = scored;
  if (average !== "none" && columns <= 2) return areaOf(rank(scored, 1), 1);
  const classes = columns === 1 ? [1] : Array.from({ length: columns }, (_, i) => i);
  const rankings = classes.map((each) => rank(scored, each));
  const areas = rankings.map((ranking, i) => areaOf(ranking, classes[i] ?? 0));
  if (average === "none") return areas;
  const support = rankings.map(({ truePositives }) => truePositives.at(-1) ?? 0);
  return weightedMean(columns, (i) => areas[i] ?? 0, average === "weighted" ? support : undefined);
}

/** Scores themselves, or log-odds of logits: probabilities that round to 1 would be ties. */
function rankedBy(where: string, scored: Scored, fromLogits: unknown): Scored {
  requireSwitch(where, "fromLogits", fromLogits);
  if (fromLogits !== true || scored.columns === 1) return scored;
  scored.rows.forEach((row, i) => requireLogits(where, row, scored.numbers[i] ?? i));
  return { ...scored, rows: scored.rows.map(logOdds) };
}
