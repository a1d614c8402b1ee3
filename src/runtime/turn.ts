import { platform } from "#platform";

/** Resolves after pending events and timers were handled. */
export function nextTurn(): Promise<void> {
  return platform.nextTurn();
}
