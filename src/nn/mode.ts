let changes = 0;

/** Says that some module went from training to evaluation or back. */
export function modeChanged(): void {
  changes++;
}

/** Counts such changes: what was traced before the last one may no longer hold. */
export function modeChanges(): number {
  return changes;
}
