/** Who may import whom in src/, types included, and what only the platform may use: `npm run lint` holds it. */
import { readdirSync } from "node:fs";

/**
 * The floors of src/, lowest first, and what each may import; `packages` are Node's modules and those of npm, for the
 * command line also the entries of lanegrad. All may import #kernels/contract, the constants that TypeScript and kernels
 * share.
 */
export const floors = {
  platform: ["packages", "#kernels"],
  base: [],
  graph: ["#kernels", "base"],
  memory: ["#platform", "base", "graph"],
  ops: ["base", "graph", "memory"],
  autodiff: ["base", "graph", "ops"],
  runtime: ["#platform", "#kernels", "base", "graph", "memory"],
  nn: ["base", "graph", "memory", "ops", "autodiff", "runtime"],
  optim: ["base", "graph", "memory", "ops", "autodiff", "runtime", "nn"],
  data: ["base", "runtime"],
  metrics: ["base"],
  files: ["#platform", "base"],
  train: [
    "packages",
    "#platform",
    "base",
    "graph",
    "memory",
    "ops",
    "autodiff",
    "runtime",
    "nn",
    "optim",
    "data",
    "metrics",
    "files",
  ],
  study: ["base", "graph", "memory", "autodiff", "runtime", "nn", "optim", "data", "metrics", "train"],
  io: ["packages", "base", "memory", "nn", "files"],
  raw: ["packages", "base", "graph", "memory", "ops", "nn", "data", "files"],
  export: ["base", "graph", "memory", "runtime", "nn", "files"],
  onnx: ["base", "graph", "memory", "ops", "runtime", "nn", "files"],
  report: [
    "packages",
    "#platform",
    "base",
    "graph",
    "memory",
    "runtime",
    "nn",
    "data",
    "metrics",
    "files",
    "train",
    "study",
  ],
  cli: ["packages"],
};

/** The floors that name kernels; others may import no more than types of `call`. Only `runtime` calls kernels at once. */
const namesKernels = ["ops", "optim"];

/** Globals that not every JavaScript engine has; the command line, a program of Node, uses them too. */
const ofHosts = "process Buffer global require setImmediate console window document self navigator location".split(" ");

const folders = readdirSync(new URL("src/", import.meta.url), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);

/** What may be imported, and how such specifiers begin in a file that is `depth` folders below src/ or deeper. */
const targetsFrom = (depth) =>
  new Map([
    ["packages", "[^.#]"],
    ["#platform", "#platform"],
    ["#kernels", "#kernels/(packed|relaxed|signatures|strict|worker)$"],
    ...folders.map((folder) => [folder, String.raw`(\.\./){${depth},}${folder}/`]),
  ]);

/** A folder that is no floor may import nothing, and none may import it. */
function rulesOf(floor, depth = 1) {
  const targets = targetsFrom(depth);
  const allowed = floors[floor] ?? [];
  const refused = [...targets.keys()].filter((target) => target !== floor && !allowed.includes(target));
  const direction = {
    regex: `^(${refused.map((target) => targets.get(target)).join("|")})`,
    message: `src/${floor} may import: ${allowed.join(", ") || "nothing"}.`,
  };
  const kernels = {
    regex: String.raw`^(\.\./)+(graph/call|runtime/engine)\.ts$`,
    importNames: ["call", "kernels"],
    message: `Only ${namesKernels.join(" and ")} name kernels.`,
  };
  const isPlatform = floor === "platform";
  const isOfHost = isPlatform || floor === "cli";
  return {
    "no-restricted-imports": ["error", { patterns: namesKernels.includes(floor) ? [direction] : [direction, kernels] }],
    "no-restricted-globals": isOfHost ? "off" : ["error", { globals: ofHosts, checkGlobalObject: true }],
    // Types in the form of import("...") are imports that the first rule does not see.
    "typescript/consistent-type-imports": isPlatform
      ? "off"
      : ["error", { disallowTypeAnnotations: true, fixStyle: "inline-type-imports" }],
  };
}

export default {
  plugins: ["import", "typescript"],
  categories: { correctness: "off" },
  rules: { "import/no-cycle": ["error", { ignoreTypes: false }] },
  overrides: [
    ...folders.map((floor) => ({ files: [`src/${floor}/**`], rules: rulesOf(floor) })),
    // It has a folder of the name of a floor: src/cli/data.
    { files: ["src/cli/*/*"], rules: rulesOf("cli", 2) },
    { files: ["src/cli/*/*/**"], rules: rulesOf("cli", 3) },
  ],
};
