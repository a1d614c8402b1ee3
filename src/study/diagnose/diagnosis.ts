import { INSPECT } from "../../base/inspect.ts";
import { type Finding, type Proof, digits } from "./finding.ts";

/** A check that was not made, and why. */
export interface Unchecked {
  readonly kind: Finding["kind"];
  readonly why: string;
}

/** What was found in a training; it prints as a short text. */
export class Diagnosis {
  /** @internal */
  constructor(
    /** Faults; empty for a training without any that is known. */
    readonly findings: readonly Finding[],
    /** Checks that were not made. */
    readonly unchecked: readonly Unchecked[],
  ) {}

  /** One paragraph for each finding, then the checks that were not made. */
  toString(): string {
    const found = this.findings.map((finding, i) => {
      const isSure = finding.confidence === "high" ? "" : " (possible)";
      const lines = [
        finding.sentence,
        `-> ${finding.suggestion}`,
        ...(finding.proof ? [printProof(finding.proof)] : []),
      ];
      return `${i + 1}. ${finding.kind}${isSure}\n${lines.map((line) => `   ${line}`).join("\n")}`;
    });
    const head = `diagnosis: ${this.findings.length === 0 ? "no fault found" : count(this.findings.length)}`;
    const skipped = this.unchecked.map(({ kind, why }) => `   ${kind}: ${why}`);
    return [head, ...found, ...(skipped.length > 0 ? ["not checked:", ...skipped] : [])].join("\n");
  }

  /** The text that `console.log` prints: that of `toString`. */
  [INSPECT](): string {
    return String(this);
  }
}

function count(findings: number): string {
  return findings === 1 ? "1 finding" : `${findings} findings`;
}

function printProof({ gain, seeds, isProven, accuracyGain }: Proof): string {
  const interval = `${digits(gain.mean)} [${digits(gain.low)}, ${digits(gain.high)}]`;
  const accuracy = accuracyGain
    ? `, accuracy +${digits(100 * accuracyGain.mean)} points [${digits(100 * accuracyGain.low)}, ${digits(100 * accuracyGain.high)}]`
    : "";
  return `${isProven ? "proven" : "not proven"}: over ${seeds.length} seeds the validation loss falls by ${interval}${accuracy.replace("+-", "-")}`;
}
