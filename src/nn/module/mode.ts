let changes = 0;

/** Records that the mode or the variant of a module changed. */
export function modeChanged(): void {
  changes++;
}

/** Number of such changes; traces made before the last one may be outdated. */
export function modeChanges(): number {
  return changes;
}

let reachable: ReadonlySet<object> | undefined;

/** Runs `work`, in which only these modules may read their mode. */
export function withModesOf<T>(modules: readonly object[], work: () => T): T {
  const outer = reachable;
  reachable = new Set(modules);
  try {
    return work();
  } finally {
    reachable = outer;
  }
}

/** Refuses a module that reads its mode but is not reached by the model's train() and eval(). */
export function requireReachable(module: { describe(): string }): void {
  if (!reachable || reachable.has(module)) return;
  throw new TypeError(
    `model: every module with a mode must be a property of a module or an element of an array property; got ${module.describe()}, which is neither`,
  );
}

/** Runs `work` with all modules of a model in a mode, then restores the mode of each. */
export function inMode<T>(
  model: { modules(): readonly { training: boolean }[]; train(mode: boolean): unknown },
  training: boolean,
  work: () => T,
): T {
  const before = model.modules().map((module) => [module, module.training] as const);
  model.train(training);
  try {
    return work();
  } finally {
    for (const [module, mode] of before) module.training = mode;
  }
}
