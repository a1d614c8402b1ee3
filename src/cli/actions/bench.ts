import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import process from "node:process";
import { backend, configure } from "lanegrad";
import { cases } from "../bench/cases.ts";
import { chart } from "../bench/chart.ts";
import type { Case, Contender } from "../bench/contender.ts";
import { javascript } from "../bench/javascript.ts";
import { lanegrad } from "../bench/lanegrad.ts";
import { pytorch } from "../bench/pytorch.ts";
import { type Result, measureInRounds } from "../bench/rounds.ts";
import type { CommonOptions } from "../common.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { version } from "../version.ts";
import { prepareWide } from "../wide.ts";

export interface BenchOptions extends CommonOptions {
  readonly seconds: number;
  readonly python: string;
  readonly kernels?: "strict" | "relaxed";
  readonly wide?: boolean;
}

const NOISY = 0.3; // spread of lanegrad's times over the rounds

/** Measures lanegrad against plain JavaScript, and PyTorch if it is there. */
export async function bench(options: BenchOptions, terminal: Terminal): Promise<void> {
  const { threads, kernels } = options;
  configure({ ...(threads !== undefined && { threads }), ...(kernels && { reproducible: kernels === "strict" }) });
  await prepareWide(terminal, options.wide);
  const torch = await pytorch(options.python, backend().threads);
  const contenders = [lanegrad(version()), ...(typeof torch === "string" ? [] : [torch]), javascript()];
  try {
    const measured = cases();
    const results = await measureInRounds(measured, contenders, options.seconds, (text) => terminal.status(text));
    terminal.status("");
    const missing = typeof torch === "string" ? torch : undefined;
    const outcome = { measured, results, contenders, missing };
    await terminal.result(recordOf(outcome), () => textOf(outcome, terminal));
  } finally {
    for (const contender of contenders) contender.close();
  }
}

interface Outcome {
  readonly measured: readonly Case[];
  /** One list for each case. */
  readonly results: readonly (readonly Result[])[];
  readonly contenders: readonly Contender[];
  /** Why PyTorch was not measured. */
  readonly missing: string | undefined;
}

function recordOf({ measured, results, contenders, missing }: Outcome): object {
  const { kernels, wide, threads } = backend();
  return {
    machine: machine(),
    lanegrad: { version: version(), kernels, wide, threads },
    contenders: contenders.map(({ name, detail, warning }) => ({ name, detail, ...(warning && { warning }) })),
    ...(missing === undefined ? {} : { missing: { PyTorch: missing } }),
    cases: measured.map(({ name, title }, i) => ({ name, title, results: results[i] })),
    noise: noiseOf(results),
    noisy: noiseOf(results) > NOISY,
  };
}

function textOf({ measured, results, contenders, missing }: Outcome, { columns, style }: Terminal): string {
  const { processor, cores, memory, system, host } = machine();
  const lines = [
    `${processor}, ${cores} cores, ${memory} GB`,
    `${system}, ${host}`,
    ...contenders.map(({ name, detail }) => `${name} ${detail}`),
    ...(missing === undefined ? [] : [`PyTorch was not measured: ${missing}`, "--python names a Python that has it"]),
    ...contenders.flatMap(({ warning }) => (warning ? [style.yellow(warning)] : [])),
    "",
    ...measured.flatMap((each, i) => [chart(each, results[i] ?? [], columns, style), ""]),
  ];
  const noise = noiseOf(results);
  const spread = `lanegrad's times differed by ${Math.round(noise * 100)} % between rounds`;
  lines.push(
    noise > NOISY
      ? style.yellow(`Noisy: ${spread}.\nClose other programs, or measure longer: --seconds 60`)
      : style.dim(`Medians of 5 interleaved rounds; ${spread}.`),
  );
  return lines.join("\n");
}

/** The largest spread of lanegrad's times. */
function noiseOf(results: readonly (readonly Result[])[]): number {
  return Math.max(...results.map(([first]) => first?.spread ?? 0));
}

function machine(): Readonly<Record<"processor" | "system" | "host", string>> & {
  readonly cores: number;
  readonly memory: number;
} {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    host: `Node ${process.versions.node}`,
  };
}
