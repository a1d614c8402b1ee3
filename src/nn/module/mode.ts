let changes = 0;

/** Says that some module went from training to evaluation or back, or has another variant. */
export function modeChanged(): void {
  changes++;
}

/** Counts such changes: what was traced before the last one may no longer hold. */
export function modeChanges(): number {
  return changes;
}

let atHand: ReadonlySet<object> | undefined;

/** Describes the output of a model in which no other modules than these may ask for their mode. */
export function withModesOf<T>(modules: readonly object[], work: () => T): T {
  const outer = atHand;
  atHand = new Set(modules);
  try {
    return work();
  } finally {
    atHand = outer;
  }
}

/** Refuses a module that the model's train() and eval() do not reach, where its mode matters. */
export function requireModeAtHand(module: { describe(): string }): void {
  if (!atHand || atHand.has(module)) return;
  throw new TypeError(
    `model: every module that has a mode must be found in a property, or in an array there; got ${module.describe()} that is not`,
  );
}
