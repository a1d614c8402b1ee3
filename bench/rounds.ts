import { fork } from "node:child_process";
import process from "node:process";
import type { Effort } from "./measure.ts";
import { type Variant, title, variants } from "./subjects/index.ts";
import type { Job, Message } from "./worker.ts";

export interface Plan {
  readonly variants: readonly Variant[];
  readonly suites: readonly string[];
  readonly rounds: number;
  readonly effort: Effort;
  /** Path of a newer Node, for the variants that are faster on it. */
  readonly newerNode: string | undefined;
}

/** The figures of one variant in one case, one from each round. */
export interface Series {
  readonly variant: Variant;
  /** The version of Node that it ran on. */
  readonly node: string;
  readonly suite: string;
  readonly case: string;
  readonly values: number[];
}

export interface Outcome {
  readonly series: readonly Series[];
  /** Variants that this machine or engine does not support, with the reason. */
  readonly unavailable: ReadonlyMap<Variant, string>;
  readonly failures: ReadonlySet<string>;
  /** The version of each subject, if known. */
  readonly versions: Readonly<Record<string, string>>;
}

const TIME_LIMIT = 10 * 60_000; // milliseconds for one process

/**
 * Measures every variant in every round, one process at a time, so that a disturbance of the machine affects all variants
 * alike, and no variant uses code or data that another one compiled or cached.
 */
export async function measureInRounds(plan: Plan, progress: (line: string) => void): Promise<Outcome> {
  const series = new Map<string, Series>();
  const unavailable = new Map<Variant, string>();
  const failures = new Set<string>();
  const versions: Record<string, string> = {};
  for (let round = 1; round <= plan.rounds; round++) {
    for (const variant of plan.variants) {
      if (unavailable.has(variant)) continue;
      const name = title(variant);
      let node = "";
      const failure = await runWorker(variant, plan, (message) => {
        switch (message.kind) {
          case "loaded":
            node = message.node;
            if (message.version !== undefined) versions[variant.subject] = message.version;
            return undefined;
          case "started":
            return progress(`round ${round} of ${plan.rounds} · ${name} · ${message.suite} ${message.case}`);
          case "failed":
            return failures.add(`${name}, ${message.suite} ${message.case}: ${message.text}`);
          case "unavailable":
            return unavailable.set(variant, message.text);
          case "measured": {
            const key = `${name} ${message.suite} ${message.case}`;
            const found = series.get(key) ?? { variant, node, suite: message.suite, case: message.case, values: [] };
            found.values.push(message.value);
            return series.set(key, found);
          }
        }
      });
      if (failure !== undefined) failures.add(`${name}: ${failure}`);
    }
  }
  return { series: [...series.values()], unavailable, failures, versions };
}

/** Resolves to the error of the process, or undefined. */
function runWorker(
  variant: Variant,
  { suites, effort, newerNode }: Plan,
  receive: (message: Message) => void,
): Promise<string | undefined> {
  const job: Job = { variant: variants.indexOf(variant), suites, effort };
  const worker = fork(new URL("worker.ts", import.meta.url), [JSON.stringify(job)], {
    env: ownEnvironment(),
    execPath: (variant.newerNode ? newerNode : undefined) ?? process.execPath,
    timeout: TIME_LIMIT,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  worker.stderr!.on("data", (text: Buffer) => (complaint += text.toString()));
  worker.on("message", receive);
  return new Promise((resolve) => {
    worker.on("close", (code, signal) => {
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}; ${complaint.trim()}`);
    });
  });
}

/** The environment without the user's settings of lanegrad and Node; each variant has its own. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^LANEGRAD_|^NODE_OPTIONS$/.test(name)));
}
