import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import process from "node:process";
import { backend } from "lanegrad";
import { pairs, printBytes } from "../../terminal/table.ts";
import { version } from "../../version.ts";
import type { Shown } from "./shown.ts";

/** What this machine offers. */
export function machineInfo(): Shown {
  const { kernels, wide, threads, reproducible, why } = backend();
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  const echarts = versionOf("echarts");
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
    threads,
    reproducible,
    why,
    packages: { echarts },
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
            ["processor", `${processor}, ${value.cores} ${value.cores === 1 ? "core" : "cores"}`],
            ["memory", printBytes(value.memory)],
            ["kernels", `${kernels}${wide ? ", wide" : ""}`],
            ["threads", String(threads)],
            ["echarts", echarts ?? "not installed: --report needs it (npm install echarts)"],
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

/** The version of an optional package; null if it is not installed. */
function versionOf(name: string): string | null {
  try {
    const found: { readonly version: string } = createRequire(import.meta.url)(`${name}/package.json`);
    return found.version;
  } catch {
    return null;
  }
}
