/**
 * In which script of the package a module of src/ is. What a prediction needs is in core.js; the scripts of `LATER` are loaded
 * at the first use of something in them, because V8 takes 4 ms to read 100 kB.
 */
/** Scripts that are loaded later, with their folders of src/. */
export const LATER = {
  training: ["data", "metrics", "optim", "train"],
  files: ["files", "nn/configuration"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
/** What index.ts exports by name: ESM needs a class when it is imported, and its methods load the rest. */
const IN_CORE = ["nn/configuration/made.ts", "train/callbacks", "train/fit/dropout-schedule.ts", "train/trainer.ts"];
/** The entries beside that of the whole library, with their folders of src/. Their scripts are loaded with the entry. */
export const ENTRIES = {
  io: "io",
  data: "raw",
  study: "study",
  export: "export",
  onnx: "onnx",
  report: "report",
} as const;
/** Entries that import modules of other entries, whose scripts are loaded first. */
export const NEEDED: Readonly<Record<string, readonly string[]>> = { report: ["study"] };

/** The script that has a module, by its path in src/: `files/append.ts` is in "files". */
export function scriptOf(module: string): string {
  const isIn = (folders: readonly string[]): boolean =>
    folders.some((folder) => module === folder || module.startsWith(`${folder}/`));
  if (isIn(IN_CORE)) return "core";
  const owners = Object.entries({ ...LATER, ...ENTRIES });
  return owners.find(([, folders]) => isIn([folders].flat()))?.[0] ?? "core";
}
