import { Fault } from "../target.ts";
import { printTree } from "../tree.ts";
import type { StateRecord } from "../../../src/index.ts";

/** What has a state that is saved and loaded. */
export interface Stateful {
  stateDict(): StateRecord;
  loadStateDict(state: never): void;
}

/**
 * Loads a state that may be anything: after a refusal the state is as it was, and what is accepted can be loaded again.
 * @throws StateDictError when it is refused
 */
export function loadInto(subject: Stateful, state: unknown): void {
  const before = textOf(subject);
  try {
    give(subject, state);
  } catch (error) {
    if (textOf(subject) !== before)
      throw new Fault(`a refusal must change nothing; got a change, and ${String(error)}`);
    throw error;
  }
  const after = subject.stateDict();
  try {
    give(subject, after);
  } catch (error) {
    throw new Fault(`a state that was loaded must be loaded again; got ${String(error)}`);
  }
  if (JSON.stringify(printTree(after)) !== textOf(subject)) throw new Fault("a state must be what was loaded");
}

/** Restores a state that is whole. */
export function restore(subject: Stateful, state: StateRecord): void {
  try {
    give(subject, state);
  } catch (error) {
    throw new Fault(`a whole state must be loaded after others; got ${String(error)}`);
  }
}

function give(subject: Stateful, state: unknown): void {
  subject.loadStateDict(state as never);
}

function textOf(subject: Stateful): string {
  return JSON.stringify(printTree(subject.stateDict()));
}
