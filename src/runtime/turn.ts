import { platform } from "#platform";

/** Resolves after pending events and timers were handled, for floors that may not import the platform. */
export function nextTurn(): Promise<void> {
  return platform.nextTurn();
}
