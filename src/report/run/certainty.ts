import type { UncertaintyEvaluation } from "../../train/evaluation/uncertainty.ts";
import { curveRecord } from "./curve.ts";
import type { CertaintyRecord } from "./record.ts";

/** How far the uncertainty of predictions with random masks tells right from wrong; null if it was not measured. */
export function certaintyRecord({ predictions, entropy, deviation }: UncertaintyEvaluation): CertaintyRecord | null {
  const certainty = entropy ?? deviation;
  if (!certainty) return null;
  const { curve, errorDetection, referred } = certainty;
  return {
    predictions,
    by: entropy ? "entropy" : "deviation",
    curve: curveRecord("risk", curve.coverage, curve.risk, curve.area),
    errorDetection: errorDetection ?? null,
    referred,
  };
}
