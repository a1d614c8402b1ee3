import { cpus, totalmem } from "node:os";
import process from "node:process";
import type { Outcome } from "./rounds.ts";
import { median, spread } from "./statistics.ts";
import { suites } from "./suites/index.ts";
import type { Case } from "./suites/suite.ts";

/** The content of the file that `--json` writes. */
export interface Report {
  readonly machine: string;
  /** The Node that ran the benchmark; each figure names the one that its subject ran on. */
  readonly node: string;
  readonly rounds: number;
  /** The version of each subject, if known. */
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly Figure[];
}

export interface Figure {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  readonly threads: number;
  readonly node: string;
  readonly unit: string;
  /** The median over the rounds, in `unit`. */
  readonly median: number;
  /** (largest - smallest) / median over the rounds. */
  readonly spread: number;
}

/** The figures in the order of the suites, the best subject of each case first. */
export function report({ series, versions }: Outcome, rounds: number): Report {
  const cases = suites.flatMap((suite) =>
    suite.cases.flatMap((current) =>
      series
        .filter((one) => one.suite === suite.name && one.case === current.name)
        .map(({ variant, node, values }) => ({
          suite: suite.name,
          case: current.name,
          subject: variant.subject,
          threads: variant.threads,
          node,
          unit: current.unit,
          median: median(values),
          spread: spread(values),
        }))
        .toSorted((a, b) => (isBetter(current, a.median, b.median) ? -1 : 1)),
    ),
  );
  return { machine: machine(), node: process.version, rounds, versions, cases };
}

/** How many times `a` is better than `b`; below 1 if it is worse. */
export function advantage(figure: Pick<Figure, "suite" | "case">, a: number, b: number): number {
  return findCase(figure).better === "higher" ? a / b : b / a;
}

function findCase(figure: Pick<Figure, "suite" | "case">): Case {
  return suites.find(({ name }) => name === figure.suite)!.cases.find(({ name }) => name === figure.case)!;
}

function isBetter({ better }: Case, a: number, b: number): boolean {
  return better === "higher" ? a > b : a < b;
}

function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors[0]?.model ?? "unknown processor"}, ${processors.length} cores, ${memory} GB, ${process.platform} ${process.arch}`;
}
