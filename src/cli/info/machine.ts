import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import process from "node:process";
import { backend } from "lanegrad";
import { printBytes, printCounted } from "../terminal/numbers.ts";
import { pairs } from "../terminal/table.ts";
import { version } from "../version.ts";
import { rememberedWide } from "../wide.ts";
import { cacheDirectory } from "../wide/cache-directory.ts";
import type { Shown } from "./shown.ts";

/** What this machine offers. */
export async function machineInfo(): Promise<Shown> {
  const { kernels, wide, threads, reproducible, why } = backend();
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  const echarts = versionOf("echarts");
  const refused = await rememberedWide();
  const cache = cacheDirectory();
  const value = {
    lanegrad: version(),
    node: process.versions.node,
    v8: process.versions.v8,
    system: `${platform()} ${release()} ${arch()}`,
    processor,
    cores: availableParallelism(),
    memory: totalmem(),
    kernels,
    wide,
    /** Why not, "" if it passed its self-test, null before a command tested it. */
    wideRefused: refused ?? null,
    threads,
    reproducible,
    why,
    packages: { echarts },
    cache,
  };
  return {
    value,
    text: ({ bold, dim }, columns) =>
      [
        bold(`lanegrad ${value.lanegrad}`),
        "",
        pairs(
          [
            ["Node", `${value.node} (V8 ${value.v8})`],
            ["system", value.system],
            ["processor", `${processor}, ${printCounted(value.cores, "core")}`],
            ["memory", printBytes(value.memory)],
            ["kernels", kernels],
            ["wide mode", wideText(wide, refused)],
            ["threads", String(threads)],
            ["echarts", echarts ?? "not installed: --report needs it (npm install echarts)"],
            ["cache", existsSync(cache) ? cache : `${cache} (none yet)`],
          ],
          columns,
        ),
        "",
        dim(
          pairs(
            why.map((reason, i) => [i === 0 ? "why" : "", reason]),
            columns,
          ),
        ),
      ].join("\n"),
  };
}

/** Wide mode is off until a command that trains found that it works here. */
function wideText(wide: boolean, refused: string | undefined): string {
  if (wide) return "in use";
  if (refused === undefined) return "not tested yet: the first training tests it";
  return refused === "" ? "passed its self-test: commands that train use it" : `not used: ${refused}`;
}

/** The version of an optional package; null if it is not installed. */
function versionOf(name: string): string | null {
  try {
    const found: { readonly version: string } = createRequire(import.meta.url)(`${name}/package.json`);
    return found.version;
  } catch {
    return null;
  }
}
